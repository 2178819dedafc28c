"""What the dialplan asks the app, put together: one FastAGI route each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from acd.router import Router
from acd.slots import ParkingSlots
from app.audit.trail import Trail
from app.calls.announcements import Announcements
from app.calls.ears import MenuHearing
from app.calls.entrance import Entrance
from app.calls.flow_runs import FlowRuns
from app.calls.outcomes import Outcomes
from app.calls.own_calls import OwnCallEntrance
from app.calls.parted import Parted
from app.calls.referred import Referred
from app.calls.returned import Returned
from app.calls.spoken import SpokenTexts
from app.calls.voicemail import Voicemails
from app.directory import ConfiguredTelephony
from app.phones.codes import FeatureCodeCalls
from app.phones.colleagues import Colleagues
from app.phones.hot_desk import HotDesk
from app.phones.places import Places
from config.model import Settings
from config.secrets import FASTAGI, Secrets
from core.clock import Clock
from core.serial import KeyedWorker
from media.prompts.catalogue import Catalogue
from sip.agi import AgiServer
from sip.ami import AmiClient
from sip.outbound import Outbound
from sip.voice.call_events import CallEvents
from sip.voice.desk import CallDesk
from sip.voice.digits import DigitFeeds
from sip.voice.legs import LegTable
from sip.voice.recorder import Recorder


@dataclass(frozen=True, slots=True)
class CallRoutes:
    """``agi`` serves the dialplan; the others are what of it must be closed or is asked
    elsewhere."""

    agi: AgiServer
    entrance: Entrance
    own_calls: OwnCallEntrance

    @classmethod
    def of(
        cls, settings: Settings, routed: Settings, secrets: Secrets, *, router: Router,
        legs: LegTable, events: CallEvents, worker: KeyedWorker, ami: AmiClient, desk: CallDesk,
        recorder: Recorder, rules: Outbound, telephony: ConfiguredTelephony, places: Places,
        flows: FlowRuns, voicemails: Voicemails, catalogue: Catalogue, spoken: SpokenTexts,
        questions: MenuHearing | None, hot_desk: HotDesk, trail: Callable[[], Trail], clock: Clock,
        slots: ParkingSlots,
    ) -> CallRoutes:  # fmt: skip
        """``routed``: the settings with the self-test's own number and agent."""
        digits = DigitFeeds(ami)
        outcomes = Outcomes(routed, flows, voicemails, router, desk, catalogue)
        entrance = Entrance(
            routed, flows, outcomes, router, legs, events, worker, catalogue, digits, clock,
            spoken, telephony.agent_at, questions,
        )  # fmt: skip
        colleagues = Colleagues(settings, router, places, rules)
        own_calls = OwnCallEntrance(
            settings, telephony, router, legs, worker, rules, catalogue, colleagues
        )
        routes = {
            "entrance": entrance.enter,
            "unknown": entrance.unknown,
            "dial": own_calls.dial,
            "announce": Announcements(routed, router, outcomes, catalogue, digits, clock).announce,
            "parted": Parted(router).decide,
            "code": FeatureCodeCalls(
                settings, router, places, hot_desk, slots, catalogue, clock, trail
            ).serve,
            "colleague": colleagues.find,
            "refer": Referred(
                settings, router, legs, desk, recorder, flows, catalogue, slots
            ).refer,
            "returned": Returned(router, legs, catalogue).come_back,
        }
        server = settings.server
        agi = AgiServer(
            server.fastagi.host, server.fastagi.port, routes,
            secret=secrets.get_or_create(FASTAGI), max_sessions=server.limits.ivr_sessions,
        )  # fmt: skip
        return cls(agi, entrance, own_calls)
