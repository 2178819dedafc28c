"""The app: one process that holds the parts together.

``Server`` composes, starts and stops them; the parts know each other only through
their constructors' arguments.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from acd import meter, reasons
from acd.agent_states import Presence
from acd.bounds import ContactBounds
from acd.device_states import DeviceState
from acd.devices import WithoutDevice
from acd.model import Medium
from acd.records.queries import ContactHistory
from acd.records.writer import RecordWriter
from acd.router import Router
from app.announcer import Announcer
from app.calls.compose import CallRoutes
from app.calls.flow_files import load_flows
from app.calls.flow_runs import FlowRuns
from app.calls.queue_variables import queue_variables
from app.calls.silent_callers import SilentCallers
from app.calls.spoken import SpokenTexts
from app.calls.voicemail import Voicemails
from app.checks import asterisk_check, sweeper_check
from app.directory import ConfiguredTelephony, directory_of, policies_of
from app.guard import compose_guard
from app.hearing.compose import compose_hearing, compose_questions, hearing_checks, why_off
from app.hearing.keeping import Keeping
from app.hearing.live_log import LiveLog
from app.hearing.moods import is_heard
from app.hearing.parts import HearingParts
from app.http.blocked import BlockedApi
from app.http.checks import redis_damage_check
from app.http.compose import compose_web
from app.http.conference import ConferenceApi
from app.http.dial import DialApi
from app.http.messages import MessagesApi
from app.http.slots import SlotsApi
from app.outbound import OutboundParts
from app.phones.hot_desk import HotDesk
from app.phones.lamps import Lamps
from app.phones.pin_tries import PinTries
from app.phones.places import Places
from app.phones.slots import parking_slots
from app.recordings.agreement import Agreement
from app.recordings.compose import Recordings
from app.schema import Schema
from app.selftest.api import SelftestApi
from app.selftest.scene import NAME as SELFTEST
from app.selftest.scene import selftest_flow, with_selftest
from app.stores import redis_url
from app.tasks import TaskDriver
from app.trunks import tell_changes, trunk_checks
from config.model import Settings
from config.secret_strength import refuse_weak
from config.secrets import AMI, Secrets
from core import garbage
from core import redis as redis_access
from core.clock import STEADY, Clock
from core.database import Gate, create_engine
from core.event_log import EventLog
from core.events import EventBus
from core.log import get_logger
from core.redis import Keys
from core.serial import KeyedWorker
from ivr.platform import Platform
from ivr.texts import texts_of
from media.prompts.catalogue import Catalogue
from sip.ami import AmiClient, AmiSettings
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.manager_conf import USER
from sip.trunks import TrunkStates
from sip.voice.adoption import Adoption
from sip.voice.call_back import CallBackDialler
from sip.voice.call_events import CallEvents
from sip.voice.click_to_dial import ClickToDial
from sip.voice.conference import Conference
from sip.voice.desk import CallDesk
from sip.voice.devices import PhoneDevices
from sip.voice.driver import VoiceDriver
from sip.voice.ghosts import Ghosts
from sip.voice.legs import LegTable
from sip.voice.lost_phones import LostPhones
from sip.voice.own_calls import OwnCalls
from sip.voice.phone_transfers import PhoneTransfers
from sip.voice.recorder import Recorder
from sip.voice.resync import Resync
from sip.voice.spies import Spies
from sip.voice.talk_check import TalkCheck

log = get_logger(__name__)

_RECORDS_SECONDS = 10.0


class Server:
    """Everything of one app process, from :meth:`start` to :meth:`close`."""

    def __init__(self, settings: Settings, secrets: Secrets, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.secrets = secrets
        routed = with_selftest(settings)
        self.clock = clock or STEADY
        self.bus = EventBus()
        self.legs = LegTable()
        self._stack = AsyncExitStack()
        server = settings.server
        self.redis = redis_access.connect(redis_url(settings, secrets))
        keys = Keys(server.redis_prefix)
        self.engine = create_engine(server.database)
        self.schema = Schema(server.database, Gate(self.engine))
        self.writer = RecordWriter(self.redis, keys, self.engine, self.clock)
        # What is heard of a contact is no change of it.
        self.bus.listen(lambda event: None if is_heard(event) else self.writer.on_event(event))
        meter.attach(self.bus)
        self.router = Router(
            self.redis, keys, directory_of(routed), self.clock, self.bus, node=server.node,
            zone=settings.company.time_zone, policies=policies_of(settings),
            least_talk=settings.phones.least_talk_seconds,
            outbound_wrap_up=settings.own_calls.wrap_up_seconds,
        )  # fmt: skip
        limits = server.limits
        self.router.bounds = ContactBounds(
            limits.attributes, limits.attribute_bytes, limits.changes
        )
        self.live_log = LiveLog(self.redis, keys, self.bus, self.clock)
        self.router.leadership.address = server.web.node_address or ""
        self.ami = AmiClient(
            AmiSettings(
                host=server.asterisk.ami_host,
                port=server.asterisk.ami_port,
                username=USER,
                secret=secrets.get_or_create(AMI).reveal(),
            )
        )
        self.worker = KeyedWorker("calls")
        self.events = CallEvents(self.ami, self.legs, self.router, self.worker)
        folders = InstanceFolders(server.state_dir / "asterisk")
        history = ContactHistory(self.engine)
        self.recordings = Recordings(
            settings, secrets, router=self.router, engine=self.engine, redis=self.redis,
            keys=keys, live_log=self.live_log, bus=self.bus, clock=self.clock,
        )  # fmt: skip
        notes = self.recordings.notes
        self.recorder = Recorder(
            self.ami, self.legs, notes, self.recordings.finishing, self.clock, self.worker,
            Agreement(settings, self.router).noted,
        )  # fmt: skip
        self.recordings.attach(self.recorder, self.ami, self.legs)
        self.places = Places(routed)
        self.bus.listen(self.places.on_event)
        telephony = ConfiguredTelephony(routed, self.places)
        self.trunks = TrunkStates(
            self.ami, settings.trunks, self.clock, qualify_seconds=settings.sip.qualify_seconds
        )
        self.announcer = Announcer(EventLog(self.redis, keys), self.bus)
        tell_changes(self.trunks, self.announcer.publish, self.clock)
        self.outbound = OutboundParts.of(
            settings, self.redis, keys, self.clock, self.ami, self.trunks,
            self.announcer.publish, telephony.agent_at,
        )  # fmt: skip
        rules = self.outbound.service
        call_backs = CallBackDialler(
            self.ami, self.legs, telephony, rules, self.router.contacts.set_address,
            seconds=settings.call_backs.ring_seconds,
        )  # fmt: skip
        self.driver = VoiceDriver(
            self.ami, self.legs, self.recorder, self.clock,
            lambda contact: queue_variables(routed, contact.queue or ""), call_backs,
            least_talk=settings.phones.least_talk_seconds,
        )  # fmt: skip
        self.talk_check = TalkCheck(
            self.ami, self.legs,
            lambda contact, agent: self.router.no_talk(contact, agent, reasons.NO_SOUND),
            seconds=settings.phones.no_sound_seconds,
        )  # fmt: skip
        self.driver.on_joined.append(self.talk_check.began)
        self.devices = PhoneDevices(
            self.ami, self.clock, self._device_changed, trunks=settings.trunks,
            fixed=[a.extension for a in settings.agents.values() if a.static_contact is not None],
        )  # fmt: skip
        self.router.devices = self.devices
        self.driver.phones_of = self.devices.to_ring
        self.devices.follow(self.events, telephony.device_of)
        self.lost_phones = LostPhones(
            self.ami, self.legs, self.devices, self.router.agent_lost,
            seconds=settings.phones.lost_seconds,
        )  # fmt: skip
        self.router.without_device = WithoutDevice(settings.phones.ready_without_phone.value)
        self.router.add_driver(Medium.VOICE, self.driver)
        self.router.add_driver(Medium.TASK, TaskDriver())
        self.spies = Spies(self.ami, self.legs)
        self.driver.on_joined.append(self.spies.partner_changed)
        self.desk = CallDesk(
            self.ami, self.legs, self.router, self.driver, self.recorder, self.events, telephony,
            rules, self.spies,
        )  # fmt: skip
        self.own_calls = OwnCalls(self.ami, self.legs, self.events, self.router, self.recorder)
        self.phone_transfers = PhoneTransfers(
            self.ami, self.legs, self.events, self.router, self.recorder
        )
        self.click_to_dial = ClickToDial(
            self.ami, self.legs, self.router, telephony, rules, keys,
            seconds=settings.own_calls.ring_seconds,
            auto_answer=settings.own_calls.auto_answer,
            language=str(settings.company.languages[0]),
        )  # fmt: skip
        self.conference = Conference(self.ami, self.legs, self.router, rules, telephony)
        self.resync = Resync(
            self.ami, self.legs, self.events, self.router, self.driver, self.recorder,
            self.own_calls,
            folders.log / "cel-custom" / "parley.csv", self.clock,
        )  # fmt: skip
        self.ghosts = Ghosts(
            self.ami, self.legs, self.events, self.router, self.driver, self.resync.done, self.clock
        )
        self.slots = parking_slots(settings, self.redis, keys, self.router)
        self.lamps = Lamps(self.ami, self.router, settings, self.slots)
        self.bus.listen(self.lamps.on_event)
        self.resync.on_done.append(self.lamps.all)
        self.heard = HearingParts.of(
            settings, self.engine, self.clock, self.live_log,
            off=lambda: why_off(settings, self.hearing),
        )  # fmt: skip
        self.hearing = compose_hearing(
            settings, ami=self.ami, legs=self.legs, router=self.router, live_log=self.live_log,
            bus=self.bus, clock=self.clock, calibration=self.heard.calibration.of,
            agent_leg=lambda: self.heard.agent_leg.allowed_by,
        )  # fmt: skip
        if self.hearing is not None:
            self.recorder.ears = self.hearing
            self.resync.on_done.append(self.hearing.adopt)
        self.keeping = Keeping(
            settings, live_log=self.live_log, engine=self.engine, bus=self.bus,
            router=self.router, ledger=self.recordings.ledger, files=self.recordings.files,
            hearing=self.hearing, clock=self.clock,
        )  # fmt: skip
        prompts = settings.media.prompts
        self.catalogue = Catalogue.load() if prompts is None else Catalogue.load(Path(prompts))
        platform = Platform.of(settings, texts_of(self.catalogue))
        self.flows = {**load_flows(routed, platform), SELFTEST: selftest_flow()}
        self.spoken = SpokenTexts.of(settings, self.catalogue)
        self.questions = compose_questions(self.hearing)
        self.voicemails = Voicemails(
            self.router, notes, history, self.clock, self.recordings.messages,
            raw=self.recordings.raw,
            beep=self.catalogue.sound("beep", settings.company.languages[0]),
        )  # fmt: skip
        hot_desk = HotDesk(
            settings, self.router, self.places, secrets,
            PinTries(self.redis, keys, self.clock), self.clock, self.announcer.publish,
        )  # fmt: skip
        self.routes = CallRoutes.of(
            settings, routed, secrets, router=self.router, legs=self.legs, events=self.events,
            worker=self.worker, ami=self.ami, desk=self.desk, recorder=self.recorder, rules=rules,
            telephony=telephony, places=self.places, voicemails=self.voicemails,
            flows=FlowRuns(self.flows, platform, self.router, self.redis, keys, self.clock),
            catalogue=self.catalogue, spoken=self.spoken, questions=self.questions,
            hot_desk=hot_desk, trail=lambda: self.web.trail, clock=self.clock,
            slots=self.slots,
        )  # fmt: skip
        self.agi = self.routes.agi
        adoption = self.resync.adoption = Adoption(
            self.ami, self.legs, self.events, self.own_calls, telephony.agent_at
        )
        adoption.open = self.routes.own_calls.adopt
        self.silent_callers = SilentCallers(
            self.ami, self.legs, self.router, self.events, self.catalogue,
            seconds=settings.sip.not_heard_seconds, gives_up=settings.sip.rtp_timeout_seconds,
        )  # fmt: skip
        self.guard = compose_guard(
            settings, self.ami, folders.etc, redis=self.redis, keys=keys, clock=self.clock,
            tell=self.announcer.publish,
        )  # fmt: skip
        self.web = compose_web(
            settings, secrets, redis=self.redis, keys=keys, clock=self.clock, bus=self.bus,
            router=self.router, engine=self.engine, desk=self.desk, devices=self.devices,
            schema=self.schema.check,
            hearing=self.heard, recordings=self.recordings, writer=self.writer,
            further_checks={
                "asterisk": asterisk_check(self.ami, self.resync),
                "sweeper": sweeper_check(self.router.store, self.clock),
                **trunk_checks(self.trunks),
            },
            spare_checks={
                **hearing_checks(settings, self.hearing), "sip_passwords": self.guard.check,
                "redis_damage": redis_damage_check(server.state_dir / "valkey"),
            },
            further_apis=[
                SelftestApi(self.router),
                DialApi(self.click_to_dial, settings),
                ConferenceApi(self.conference, settings),
                SlotsApi(self.slots),
                BlockedApi(self.guard),
                MessagesApi(
                    self.router, history, self.recordings.ledger, self.recordings.files
                ),
            ],
        )  # fmt: skip

    async def start(self) -> None:
        """Bring the parts up, stores first, people last. Raises what they raise; what
        was started is stopped again then."""
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise

    async def _start(self) -> None:
        stack = self._stack
        server = self.settings.server
        await asyncio.to_thread(server.state_dir.mkdir, mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(refuse_weak, self.settings, self.secrets)
        stack.push_async_callback(self.engine.dispose)
        stack.push_async_callback(self.schema.close)
        await self.schema.start()
        stack.push_async_callback(self.redis.aclose)
        await redis_access.ping(self.redis)
        stack.push_async_callback(self.writer.close)
        self.writer.start()
        stack.push_async_callback(self._drain)
        stack.push_async_callback(self.live_log.close)
        stack.push_async_callback(self.router.close)
        self.router.suspend(Medium.VOICE)  # until Asterisk was looked at
        await self.router.recover()
        await self.places.load(self.router)
        garbage.tune()
        stack.push_async_callback(self.heard.close)
        self.heard.start()
        stack.push_async_callback(self.keeping.close)
        self.keeping.start()
        if self.hearing is not None:
            stack.push_async_callback(self.hearing.close)
            await self.hearing.start()
        if self.questions is not None:
            stack.push_async_callback(self.questions.close)
        stack.push_async_callback(self.recorder.close)
        stack.push_async_callback(self.recordings.close)
        self.recordings.start()
        stack.push_async_callback(self.worker.close)
        stack.push_async_callback(self.lamps.close)
        stack.push_async_callback(self.resync.close)
        stack.push_async_callback(self.click_to_dial.close)
        stack.push_async_callback(self.outbound.close)
        stack.push_async_callback(self.events.close)
        stack.push_async_callback(self.talk_check.close)
        stack.push_async_callback(self.spies.close)
        stack.push_async_callback(self.devices.close)
        stack.push_async_callback(self.lost_phones.close)
        stack.push_async_callback(self.ghosts.close)
        stack.push_async_callback(self.silent_callers.close)
        stack.push_async_callback(self.ami.close)
        self.ami.on_down(self.resync.down)
        self.ami.on_down(self.devices.lost)
        self.ami.on_up(self.resync.run)
        self.ami.on_up(self._look_at_devices)
        self.ghosts.start()
        self.silent_callers.start()
        stack.push_async_callback(self.announcer.close)
        self.announcer.start()
        stack.push_async_callback(self.trunks.close)
        self.trunks.start()
        self.router.on_recovered.append(self.resync.again)
        stack.push_async_callback(self.voicemails.close)
        self.voicemails.salvage()
        stack.push_async_callback(self.spoken.close)
        self.spoken.start(self.flows)
        stack.push_async_callback(self.routes.entrance.close)
        stack.push_async_callback(self.agi.close)
        await self.agi.start()
        stack.push_async_callback(self.guard.close)
        await self.guard.start()
        await self.ami.start()
        stack.push_async_callback(self.web.close)
        await self.web.start()
        log.info("app.started")

    async def _look_at_devices(self) -> None:
        """Asterisk is connected: whose phone went or came meanwhile is told to the router."""
        await self.devices.read()
        people = await self.router.store.agents()
        at_work = {agent.device for agent in people if agent.presence is not Presence.LOGGED_OUT}
        self.devices.look_at(at_work)

    async def _device_changed(self, device: str, state: DeviceState, at: datetime) -> None:
        await self.router.device_changed(device, state, at=at)

    async def _drain(self) -> None:
        if not await self.writer.drain(_RECORDS_SECONDS):
            log.warning("app.records_left_in_redis")

    async def close(self) -> None:
        """Stop in the opposite order. Calls go on in Asterisk; a later start adopts
        them."""
        await self._stack.aclose()
        log.info("app.stopped")
