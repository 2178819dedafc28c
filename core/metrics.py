"""Prometheus metrics of this process, declared in one place.

Names follow https://prometheus.io/docs/practices/naming/: unit last, seconds,
``_total`` for counters. Labels have few values: never a contact or a number.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

_FAST = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_WAIT = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200)

contacts_total = Counter(
    "parley_contacts_total", "Contacts ended", ["medium", "reason"], registry=REGISTRY
)
contacts_live = Gauge(
    "parley_contacts_live", "Contacts in progress by state", ["state"], registry=REGISTRY
)
queue_waiting = Gauge(
    "parley_queue_waiting", "Contacts waiting in a queue", ["queue"], registry=REGISTRY
)
queue_wait_seconds = Histogram(
    "parley_queue_wait_seconds", "Queue entry to answer", ["queue"], buckets=_WAIT,
    registry=REGISTRY,
)  # fmt: skip
agents = Gauge("parley_agents", "Agents by state", ["state"], registry=REGISTRY)
offers_total = Counter(
    "parley_offers_total", "Offers to agents by outcome", ["outcome"], registry=REGISTRY
)
claims_total = Counter(
    "parley_claims_total", "Claims of contacts by outcome", ["outcome"], registry=REGISTRY
)
write_retries_total = Counter(
    "parley_write_retries_total", "Changes decided anew: somebody else was faster",
    registry=REGISTRY,
)  # fmt: skip
leaderships_total = Counter(
    "parley_leaderships_total", "Times this process began to lead", registry=REGISTRY
)
match_seconds = Histogram(
    "parley_match_seconds", "Event to claim in the router", buckets=_FAST, registry=REGISTRY
)
ami_events_total = Counter("parley_ami_events_total", "AMI events received", registry=REGISTRY)
ami_events_refused_total = Counter(
    "parley_ami_events_refused_total",
    "AMI events that were not believed: forged, or torn by what a caller sent",
    registry=REGISTRY,
)
ghosts_ended_total = Counter(
    "parley_ghosts_ended_total", "Contacts ended because Asterisk had no channel of them",
    registry=REGISTRY,
)  # fmt: skip
ami_action_seconds = Histogram(
    "parley_ami_action_seconds", "AMI action to response", ["action"], buckets=_FAST,
    registry=REGISTRY,
)  # fmt: skip
ami_action_failures_total = Counter(
    "parley_ami_action_failures_total", "AMI actions without a good answer",
    ["action", "outcome"], registry=REGISTRY,
)  # fmt: skip
ami_losses_total = Counter(
    "parley_ami_losses_total", "AMI connections lost after they were up", registry=REGISTRY
)
outbound_calls_total = Counter(
    "parley_outbound_calls_total", "Calls out that were asked for: allowed, emergency, or the "
    "code of the refusal", ["outcome"], registry=REGISTRY,
)  # fmt: skip
agi_sessions = Gauge("parley_agi_sessions_live", "FastAGI sessions in progress", registry=REGISTRY)
agi_sessions_total = Counter(
    "parley_agi_sessions_total", "FastAGI sessions ended", ["route", "outcome"], registry=REGISTRY
)
agi_refused_total = Counter(
    "parley_agi_refused_total", "FastAGI connections without proof or sense", registry=REGISTRY
)
sip_auth_failures_total = Counter(
    "parley_sip_auth_failures_total", "Wrong SIP passwords by kind of account", ["account"],
    registry=REGISTRY,
)  # fmt: skip
sip_blocks_total = Counter(
    "parley_sip_blocks_total", "Addresses blocked for guessing SIP passwords", registry=REGISTRY
)
sip_blocked_addresses = Gauge(
    "parley_sip_blocked_addresses", "Addresses from which no SIP is taken now", registry=REGISTRY
)
ami_up = Gauge("parley_ami_up", "1 while the AMI connection is live", registry=REGISTRY)
sign_ins_total = Counter(
    "parley_sign_ins_total", "Tries to sign in: right, wrong, throttled (refused), slowed",
    ["outcome"],
    registry=REGISTRY,
)  # fmt: skip
http_connections = Gauge(
    "parley_http_connections", "Open connections to the web server", registry=REGISTRY
)
http_connections_ended_total = Counter(
    "parley_http_connections_ended_total",
    "Connections ended by the server: slow (request not sent in time), evicted (room for "
    "others), refused (no room)", ["reason"], registry=REGISTRY,
)  # fmt: skip
http_streams = Gauge(
    "parley_http_streams", "WebSockets and downloads in progress", registry=REGISTRY
)
open_files = Gauge(
    "parley_open_files", "File descriptors in use by this process", registry=REGISTRY
)
redis_up = Gauge("parley_redis_up", "1 while Redis answers", registry=REGISTRY)
records_pending = Gauge(
    "parley_records_pending", "Contacts not yet written to the database", registry=REGISTRY
)
events_dropped_total = Counter(
    "parley_events_dropped_total", "Events a slow reader missed", ["reader"], registry=REGISTRY
)
trunk_registered = Gauge(
    "parley_trunk_registered", "1 while our registration with the carrier holds", ["trunk"],
    registry=REGISTRY,
)  # fmt: skip
trunk_reachable = Gauge(
    "parley_trunk_reachable", "1 while the carrier answers OPTIONS", ["trunk"], registry=REGISTRY
)
log_lines_lost_total = Counter(
    "parley_log_lines_lost_total", "Log lines that could not be written", registry=REGISTRY
)
task_failures_total = Counter(
    "parley_task_failures_total", "Deaths of tasks that are started again", ["task"],
    registry=REGISTRY,
)  # fmt: skip
audio_legs_total = Counter("parley_audio_legs_total", "Legs that were tapped", registry=REGISTRY)
audio_refused_total = Counter(
    "parley_audio_refused_total", "Connections to the audio port that were no tap of ours",
    registry=REGISTRY,
)  # fmt: skip
audio_frames_dropped_total = Counter(
    "parley_audio_frames_dropped_total", "Frames a slow listener missed", registry=REGISTRY
)
speech_jobs_total = Counter(
    "parley_speech_jobs_total", "Recognitions by kind and outcome", ["kind", "outcome"],
    registry=REGISTRY,
)  # fmt: skip
speech_final_seconds = Histogram(
    "parley_speech_final_seconds", "End of an utterance to its text", buckets=_FAST,
    registry=REGISTRY,
)  # fmt: skip
speech_worker_losses_total = Counter(
    "parley_speech_worker_losses_total", "Recognition processes lost", registry=REGISTRY
)
speech_degradation = Gauge(
    "parley_speech_degradation", "0 all, 1 no partials, 2 cheaper models, 3 after the call",
    registry=REGISTRY,
)  # fmt: skip
hearing_legs = Gauge("parley_hearing_legs", "Legs that are heard now", registry=REGISTRY)
hearing_failures_total = Counter(
    "parley_hearing_failures_total", "Legs that could not be heard", ["code"], registry=REGISTRY
)
heard_events_total = Counter(
    "parley_heard_events_total", "Events of the live log by noun", ["noun"], registry=REGISTRY
)
transcripts_pending = Gauge(
    "parley_transcripts_pending", "Pieces still to be recognised from recordings",
    registry=REGISTRY,
)  # fmt: skip
after_call_total = Counter(
    "parley_after_call_total", "Pieces recognised from recordings by outcome", ["outcome"],
    registry=REGISTRY,
)  # fmt: skip
recordings_free_bytes = Gauge(
    "parley_recordings_free_bytes", "Room on the disk of recordings", registry=REGISTRY
)
recordings_unfinished = Gauge(
    "parley_recordings_unfinished", "Recordings that wait for room on the disk", registry=REGISTRY
)
recordings_total = Counter(
    "parley_recordings_total", "Recordings that are over by outcome", ["outcome"],
    registry=REGISTRY,
)  # fmt: skip
