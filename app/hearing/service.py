"""Hearing: both legs of conversations, from when people are joined until they part.

Nothing here may delay or break a call: taps are put on by tasks of their own, taking them
off is bounded, and what goes wrong is told as ``hearing.failed`` while the call goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import ClassVar

from acd.contact_states import ContactState
from acd.model import Medium
from acd.router import Router
from app.hearing.contact_ears import ContactEars
from app.hearing.live_log import LiveLog
from app.hearing.menu_ears import MenuEars
from app.hearing.taps import Taps
from app.hearing.workshop import CalibrationOf, Workshop
from config.model import Settings
from core.clock import Clock
from core.errors import ParleyError, Unavailable
from core.events import Event, EventBus
from core.log import get_logger
from core.tasks import TaskOwner
from media.audio.server import AudioSocketServer
from media.emotion.calibration import SiteCalibration
from media.hearing.senses import Senses
from media.models.place import model_folder
from media.models.store import installed
from media.recognition.grammar import Grammar
from media.recognition.listener import Listener
from media.vad.barge_in import Policy
from sip.ami import AmiClient
from sip.voice.legs import LegTable

log = get_logger(__name__)

_PART_SECONDS = 1.0
_MENU_SECONDS = 2.0


class HearingUnavailable(Unavailable):
    """Nobody listens: it is switched off, or cannot work."""

    code: ClassVar[str] = "hearing_unavailable"


class Hearing:
    """Implements :class:`sip.voice.ears.Ears`. ``calibration`` gives a queue's,
    ``agent_leg`` the audit's entry that allows to judge agents' voices, or ''."""

    def __init__(
        self, settings: Settings, *, ami: AmiClient, legs: LegTable, router: Router,
        live_log: LiveLog, bus: EventBus, clock: Clock, calibration: CalibrationOf | None = None,
        agent_leg: Callable[[], str] | None = None,
    ) -> None:  # fmt: skip
        wanted = settings.hearing
        self.server = AudioSocketServer(wanted.audio.host, wanted.audio.port)
        self.listener = Listener(installed(model_folder(settings)), workers=wanted.workers)
        self._settings = settings
        self._legs = legs
        self._router = router
        self._live_log = live_log
        self._clock = clock
        self._taps = Taps(ami, legs, self.server)
        self._agent_leg = agent_leg or (lambda: "")
        self._calibration = calibration or _one_calibration(settings)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="moods")
        self._shop: Workshop | None = None
        self._ears: dict[str, ContactEars] = {}
        self._tasks = TaskOwner("hearing")
        self._closed = False
        bus.listen(self._on_event)

    async def start(self) -> None:
        """Listen for taps, and load the models without keeping anybody waiting. Raises
        OSError when the port is taken, BadPattern."""
        settings = self._settings
        senses = await asyncio.to_thread(
            Senses.load, settings.understanding, zone=settings.company.time_zone
        )
        await self.server.start()
        self._shop = Workshop(
            settings, self._clock, self._router.contacts, self._legs, self._taps, self.listener,
            senses, self._live_log, self._thread, self._calibration, self._agent_leg,
        )  # fmt: skip
        self._tasks.start(self.listener.start(), name="models")

    async def close(self) -> None:
        """Let go of everything. Asterisk takes off taps whose connection is gone."""
        self._closed = True
        await self._tasks.close()
        for ears in list(self._ears.values()):
            await ears.close()
        await self.listener.close()
        await self.server.close()
        await asyncio.to_thread(self._thread.shutdown)

    def check(self) -> None:
        """Raise what keeps words from being recognised."""
        problem = self.listener.problem
        if problem is not None:
            raise HearingUnavailable(problem.message, hint=problem.hint)
        if self.listener.pool.problem:
            raise HearingUnavailable(
                f"No recognition process works: {self.listener.pool.problem}",
                hint="The log says why under speech.*; they are started again and again.",
            )

    def joined(self, contact_id: str, agent_id: str) -> None:
        """Hear customer and agent from now on."""
        if (ears := self.ears(contact_id)) is not None:
            ears.join(agent_id)

    async def parted(self, contact_id: str) -> None:
        """Hear nobody of the contact any more; returns when their channels are free, or
        after a second."""
        ears = self._ears.get(contact_id)
        if ears is None or self._closed:
            return
        off = self._tasks.start(ears.part(), name=f"part:{contact_id}")
        await asyncio.wait({off}, timeout=_PART_SECONDS)

    @asynccontextmanager
    async def menu_ears(
        self, contact_id: str, channel: str | None = None, *, language: str | None = None,
        grammar: Grammar | None = None, barge: Policy | None = None, secret: bool = False,
    ) -> AsyncIterator[MenuEars]:  # fmt: skip
        """Hear the caller while a flow listens (see :mod:`app.hearing.menu_ears`). Words
        that are ``secret`` are given to the flow alone, and told to nobody.

        ``channel`` is the caller's channel, by id or name, where it is not the contact's
        own. Raises :class:`HearingUnavailable` if they cannot be heard, after 2 s at most:
        a flow goes on with keys then.
        """
        ears = self.ears(contact_id)
        leg = self._legs.customer(contact_id)
        if channel is not None and (leg is None or channel not in (leg.id, leg.channel)):
            leg = next((one for one in self._legs if channel in (one.id, one.channel)), None)
        if ears is None or leg is None:
            raise HearingUnavailable("The caller cannot be heard: nobody listens, or they left.")
        self.check()
        async with AsyncExitStack() as stack:
            try:
                menu = await stack.enter_async_context(
                    ears.menu(
                        leg, language=language, grammar=grammar, barge=barge,
                        seconds=_MENU_SECONDS, secret=secret,
                    )
                )  # fmt: skip
            except (ParleyError, TimeoutError) as error:
                raise HearingUnavailable(
                    f"The caller cannot be heard: {error}.", hint="They can use the keys."
                ) from error
            yield menu

    async def adopt(self) -> None:
        """After our calls were compared with Asterisk's: whoever talks is heard (again)."""
        for contact in await self._router.contacts_of(Medium.VOICE):
            agent = self._legs.agent(contact.id)
            talks = contact.state is ContactState.CONNECTED and agent is not None and agent.joined
            if talks and contact.agent_id is not None:
                self.joined(contact.id, contact.agent_id)

    def ears(self, contact_id: str) -> ContactEars | None:
        """The contact's ears, new ones if it has none; None while nobody listens."""
        if self._shop is None or self._closed:
            return None
        found = self._ears.get(contact_id)
        if found is None:
            found = self._ears[contact_id] = ContactEars(self._shop, contact_id)
        return found

    def _on_event(self, event: Event) -> None:
        ears = self._ears.get(event.contact_id or "")
        if self._closed or event.contact_id is None:
            return
        if event.type == "contact.held" and ears is not None:
            self._tasks.start(ears.part(), name=f"held:{event.contact_id}")
        elif event.type == "contact.resumed":
            agent = self._legs.agent(event.contact_id)
            if agent is not None:
                self.joined(event.contact_id, agent.agent_id)
        elif event.type == "contact.ended" and ears is not None:
            del self._ears[event.contact_id]
            self._tasks.start(self._finish(ears), name=f"ended:{event.contact_id}")

    async def _finish(self, ears: ContactEars) -> None:
        """The contact is over: wait for its last words, then let go."""
        try:
            await ears.part()
            await ears.drained()
        except ParleyError as error:
            log.warning("hearing.not_finished", contact=ears.contact_id, code=error.code)
        await ears.close()


def _one_calibration(settings: Settings) -> CalibrationOf:
    wanted = settings.hearing.emotion
    calibration = SiteCalibration(alert_share=wanted.alert_share, precision=wanted.precision)
    return lambda _queue: calibration
