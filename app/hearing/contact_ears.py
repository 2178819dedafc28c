"""The ears of one contact: which of its legs are heard, and what is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from acd.contact_states import ContactState
from acd.model import Contact
from app.hearing.live_log import LogClosed
from app.hearing.menu_ears import MenuEars
from app.hearing.taps import Tap, TapEnded
from app.hearing.workshop import Workshop
from config.hearing import Side
from core import metrics
from core.clock import to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.hearing.leg import HeardLeg
from media.hearing.talk import Talk
from media.hearing.told import Tell, Told
from media.recognition.contract import Use
from media.recognition.grammar import Grammar
from media.vad.barge_in import Policy
from sip.voice.legs import Leg

log = get_logger(__name__)

_TICK_SECONDS = 0.25
_LAST_WORDS_SECONDS = 30.0
_TAPS = 4  # of one leg in one conversation
_AGAIN_SECONDS = 1.0

MakeLeg = Callable[[Tap, Talk, Tell], Awaitable[HeardLeg]]


class ContactEars:
    """Made with the first tap of a contact, kept until it has ended."""

    def __init__(self, workshop: Workshop, contact_id: str) -> None:
        self._shop = workshop
        self.contact_id = contact_id
        self._taps: list[Tap] = []
        self._talk: Talk | None = None
        self._starting = asyncio.Lock()
        self._agent_id: str | None = None
        self._tasks = TaskOwner(f"ears:{contact_id}")
        self._ticking: asyncio.Task[None] | None = None
        self._round = 0  # how often they were joined or parted

    @property
    def heard(self) -> tuple[Tap, ...]:
        """The taps that are on or being put on."""
        return tuple(self._taps)

    def join(self, agent_id: str) -> None:
        """Customer and agent talk: hear both, as far as they are to be heard. Whoever is
        heard already still is."""
        self._round += 1
        self._tasks.start(self._join(agent_id, self._round), name=f"join-{self._round}")

    @asynccontextmanager
    async def menu(
        self, target: Leg, *, language: str | None, grammar: Grammar | None, barge: Policy | None,
        seconds: float, secret: bool = False,
    ) -> AsyncIterator[MenuEars]:  # fmt: skip
        """The customer alone, for a flow. Raises ParleyErrors and TimeoutError if they are
        not heard within ``seconds``. Of what is ``secret`` no words are told."""
        ears = MenuEars(grammar, barge)
        taps: list[Tap] = []

        async def make(tap: Tap, talk: Talk, tell: Tell) -> HeardLeg:
            leg = await self._shop.leg(
                tap, talk, _without_words(tell) if secret else tell, queue="",
                language=language, use=Use.MENU, grammar=grammar, judged=ears.judged,
                heed=ears.heed,
            )  # fmt: skip
            taps.append(tap)
            ears.tapped(tap, leg)
            return leg

        connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heard = self._tasks.start(
            self.listen(
                target, Side.CUSTOMER, language, make, joined=self._round, connected=connected
            ),
            name=f"menu-{target.id}",
        )
        heard.add_done_callback(lambda _: ears.end())
        try:
            await asyncio.wait_for(connected, seconds)
            yield ears
        finally:
            ears.end()
            for tap in taps or [t for t in self._taps if t.target is target]:
                if tap in self._taps:
                    self._taps.remove(tap)
                await self._shop.taps.take_off(tap)

    async def part(self) -> None:
        """Nobody is to be heard any more; what was said until now is still told."""
        self._round += 1
        taps, self._taps = self._taps, []
        await asyncio.gather(*(self._shop.taps.take_off(tap) for tap in taps))

    async def drained(self) -> None:
        """Wait for the last words of legs that are over (bounded by the recogniser)."""
        await self._tasks.drain(_LAST_WORDS_SECONDS)

    async def close(self) -> None:
        """Let go of everything at once."""
        await self._tasks.close()

    async def _join(self, agent_id: str, joined: int) -> None:
        try:
            contact = await self._shop.contacts.get(self.contact_id)
        except ParleyError as error:
            log.warning("hearing.contact_unknown", contact=self.contact_id, code=error.code)
            return
        if joined != self._round or not self._wanted(contact):
            return
        self._agent_id = agent_id
        legs = self._shop.legs
        language = self._shop.language_of(contact)
        heard = {tap.target.id for tap in self._taps}
        for side, leg in (
            (Side.CUSTOMER, legs.customer(self.contact_id)),
            (Side.AGENT, legs.agent(self.contact_id)),
        ):
            if side not in self._shop.settings.hearing.legs or leg is None or leg.id in heard:
                continue
            self._tasks.start(
                self._hear(leg, side, joined, queue=contact.queue or "", language=language),
                name=f"hear-{side.value}-{joined}",
            )

    def _wanted(self, contact: Contact) -> bool:
        queue = self._shop.settings.queues.get(contact.queue or "")
        # Offered: the two are joined a moment before it is written that they are.
        talks = contact.state in (ContactState.OFFERED, ContactState.CONNECTED)
        return talks and (queue is None or queue.heard)

    async def _hear(
        self, target: Leg, side: Side, joined: int, *, queue: str, language: str | None
    ) -> None:
        """Hear one leg for as long as they talk, with another tap if one is lost."""

        async def make(tap: Tap, talk: Talk, tell: Tell) -> HeardLeg:
            return await self._shop.leg(tap, talk, tell, queue=queue, language=language)

        for _ in range(_TAPS):
            await self.listen(target, side, language, make, joined=joined)
            # A call that ends takes its taps along, and says so a moment later.
            await asyncio.sleep(_AGAIN_SECONDS)
            if joined != self._round or self._shop.legs.get(target.id) is not target:
                return

    async def listen(
        self, target: Leg, side: Side, language: str | None, make: MakeLeg, *, joined: int,
        connected: asyncio.Future[None] | None = None,
    ) -> None:  # fmt: skip
        """Tap ``target``, let ``make(tap, talk, tell)`` make its ears, and tell until the
        tap is over, unless they have been joined or parted anew since ``joined``.
        ``connected`` is done when it is heard, or has the error why not."""
        shop = self._shop
        talk = await self._the_talk()
        tap: Tap | None = None
        try:
            if joined != self._round:
                raise TapEnded("They have parted meanwhile.", contact=self.contact_id)
            tap = shop.taps.plan(target, side=side.value, language=language)
            self._taps.append(tap)
            await shop.taps.put_on(tap)
        except (ParleyError, TimeoutError) as error:
            await self._failed(talk, tap, side, error)
            if connected is not None and not connected.done():
                connected.set_exception(error)
            return
        tell, reason = self._teller(tap), "failed"
        try:
            leg = await make(tap, talk, tell)
            await tell(
                Told("hearing.started", talk.seconds, {"language": language, "epoch": talk.epoch})
            )
            for one in self._shortcomings(talk):
                await tell(one)
            if connected is not None and not connected.done():
                connected.set_result(None)
            await self._run(leg, talk)
            reason = "parted" if tap.taken_off else "ended"
        except Exception as error:  # one leg's; the other, and the call, go on
            log.error("hearing.broke", contact=self.contact_id, side=side.value, exc_info=error)
            metrics.hearing_failures_total.labels("internal").inc()
            data = {"code": "internal", "message": "Hearing this leg has failed: see the log."}
            await tell(Told("hearing.failed", talk.seconds, {**data, "epoch": talk.epoch}))
            if connected is not None and not connected.done():
                connected.set_exception(TapEnded(data["message"]))
        finally:
            if tap in self._taps:
                self._taps.remove(tap)
            await shop.taps.take_off(tap)
        await tell(Told("hearing.stopped", talk.seconds, {"reason": reason}))

    async def _run(self, leg: HeardLeg, talk: Talk) -> None:
        talk.add(leg)
        self._tick(talk)
        metrics.hearing_legs.inc()
        try:
            await leg.run()
        finally:
            metrics.hearing_legs.dec()
            talk.remove(leg)

    def _shortcomings(self, talk: Talk) -> list[Told]:
        """Why not everything will be recognised."""
        listener, found = self._shop.listener, []
        if (problem := listener.problem) is not None:
            failed = {"code": problem.code, "message": problem.message}
            found.append(Told("hearing.failed", talk.seconds, failed))
        if (now := listener.degraded) is not None:
            degraded = {"level": int(now.level), "reason": now.reason}
            found.append(Told("hearing.degraded", talk.seconds, degraded))
        return found

    async def _failed(
        self, talk: Talk, tap: Tap | None, side: Side, error: ParleyError | TimeoutError
    ) -> None:
        if tap is not None:
            if tap in self._taps:
                self._taps.remove(tap)
            quiet = tap.taken_off or self._shop.legs.get(tap.target.id) is None
            await self._shop.taps.take_off(tap)
            if quiet:  # they parted meanwhile
                return
        elif isinstance(error, TapEnded):
            return
        code = error.code if isinstance(error, ParleyError) else "timed_out"
        message = error.message if isinstance(error, ParleyError) else "The tap took too long."
        metrics.hearing_failures_total.labels(code).inc()
        log.warning("hearing.failed", contact=self.contact_id, side=side.value, code=code)
        await self._teller(tap, side.value)(
            Told(
                "hearing.failed", talk.seconds,
                {"code": code, "message": message, "epoch": talk.epoch},
            )
        )  # fmt: skip

    def _teller(self, tap: Tap | None, side: str = "") -> Tell:
        own = {"leg": tap.side, "leg_id": tap.sound.id} if tap is not None else {"leg": side}

        async def tell(told: Told) -> None:
            data = {**own, **told.data, "at": round(told.at, 2)}
            agent = self._agent_id if data["leg"] == Side.AGENT else None
            metrics.heard_events_total.labels(told.type.partition(".")[0]).inc()
            try:
                await self._shop.live_log.append(self.contact_id, told.type, data, agent_id=agent)
            except LogClosed:
                log.info("hearing.not_told", contact=self.contact_id, type=told.type)

        return tell

    async def _the_talk(self) -> Talk:
        """The conversation's clock goes on where another process, or the one before a
        restart, began it: with the first event of the log."""
        async with self._starting:
            if self._talk is None:
                now = to_epoch(self._shop.clock.now())
                epoch = now
                try:
                    first = await self._shop.live_log.read(self.contact_id, count=1)
                    epoch = float(first[0].data.get("epoch", now)) if first else now
                except ParleyError as error:
                    log.warning("hearing.clock_begins_anew", code=error.code)
                self._talk = Talk(epoch=epoch, now=now)
            return self._talk

    def _tick(self, talk: Talk) -> None:
        if self._ticking is None or self._ticking.done():
            self._ticking = self._tasks.start(self._ticks(talk), name="ticks")

    async def _ticks(self, talk: Talk) -> None:
        while talk.legs:
            await asyncio.sleep(_TICK_SECONDS)
            await talk.tick()


def _without_words(tell: Tell) -> Tell:
    """Only that somebody is heard and speaks."""

    async def quietly(told: Told) -> None:
        if told.type.startswith(("hearing.", "turn.")):
            await tell(told)

    return quietly
