"""Matching: whenever somebody waits newly, bring contacts and agents together.

One task sleeps until it is woken by a change, then claims pair after pair until
nobody waits whom a ready agent could take. Nothing is polled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial

from acd import choice, claim
from acd.agent_states import AgentState
from acd.choice import Head
from acd.contact_states import ContactState
from acd.engine import Engine
from acd.errors import VersionConflict
from acd.model import Medium
from acd.timers import Work
from core import metrics
from core.log import get_logger
from core.redis import RedisUnavailable

log = get_logger(__name__)

_STALE_LOOKS = 20
GRACE = timedelta(seconds=5)  # for a medium to tell what happened while it was not heard
MEDIUM = "medium"  # who suspends, unless another is named: the medium itself


@dataclass(slots=True)
class _State:
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    suspended: dict[Medium, set[str]] = field(default_factory=dict)  # medium -> by whom
    postponed: dict[Medium, dict[str, Work]] = field(default_factory=dict)
    woken_at: float = 0.0
    started: bool = False


class Matching(Engine):
    """The part of the router that makes offers."""

    @cached_property
    def _state(self) -> _State:
        return _State()

    def start_matching(self) -> None:
        """Begin; until then nothing is offered."""
        if not self._state.started:
            self._state.started = True
            self.tasks.start(self._run(), name="matching")
        self.match_soon()

    def match_soon(self) -> None:
        """Look again: something changed."""
        state = self._state
        if not state.started:
            return
        if not state.wake.is_set():
            state.woken_at = self.clock.monotonic()
        state.wake.set()
        state.idle.clear()

    def suspend(self, medium: Medium, *, by: str = MEDIUM) -> None:
        """Offer nothing of the medium until whoever suspended it resumes it: the medium
        itself is down, say, or it is not known what became of its contacts."""
        self._state.suspended.setdefault(medium, set()).add(by)

    def resume_medium(self, medium: Medium, *, by: str = MEDIUM) -> None:
        """The medium works again as far as ``by`` is concerned. No error if it was not
        suspended by them."""
        owners = self._state.suspended.get(medium, set())
        owners.discard(by)
        if not owners:
            self._state.suspended.pop(medium, None)
            for name, work in self._state.postponed.pop(medium, {}).items():
                due = self.clock.now() + GRACE
                self.timers.at(name, due, partial(self.if_visible, medium, name, work))
        self.match_soon()

    async def if_visible(self, medium: Medium, name: str, work: Work) -> None:
        """Do the ``work`` of a timer, but judge nobody while it cannot be seen what
        they do: while the medium is suspended the timer waits, and then a little more."""
        if medium in self._state.suspended:
            self._state.postponed.setdefault(medium, {})[name] = work
        else:
            await work()

    async def quiet(self) -> None:
        """Wait until everything that can be matched is."""
        await self._state.idle.wait()

    async def _run(self) -> None:
        while True:
            await self._state.wake.wait()
            self._state.wake.clear()
            try:
                await self._match()
            except RedisUnavailable as error:
                log.error("router.matching_without_redis", code=error.code)
                self._state.wake.set()  # the store waits before it gives up, so this does not spin
            except Exception as error:
                log.error("router.matching_failed", exc_info=error)
            if not self._state.wake.is_set():
                self._state.idle.set()

    async def _match(self) -> None:
        stale = 0
        while stale < _STALE_LOOKS:
            pair = await self._look()
            if pair is None:
                return
            if await self._claim(*pair):
                stale = 0
                metrics.match_seconds.observe(self.clock.monotonic() - self._state.woken_at)
            else:
                stale += 1
        log.error("router.stale_lines", looks=stale)

    async def _look(self) -> tuple[Head, Head, Mapping[str, str | None]] | None:
        """The first contact in order for whom there is an agent, and the agent."""
        heads = await self.store.heads()
        down = {medium.value for medium in self._state.suspended}  # by whomever
        for contact in heads.contacts:
            if choice.medium_of(contact.line) in down:
                continue
            agent = choice.choose(contact.line, heads.agents)
            if agent is not None:
                return contact, agent, heads.texts
        return None

    async def _claim(self, waits: Head, ready: Head, known: Mapping[str, str | None]) -> bool:
        async with self.in_order(waits.id):
            contact, agent = await self.store.pair(waits.id, ready.id, known)
            if contact is None or contact.state is not ContactState.QUEUED:
                await self._misplaced("wait", waits, known)
                return False
            if agent is None or agent.state is not AgentState.READY:
                await self._misplaced("ready", ready, known)
                return False
            change = self.change()
            claim.claim(change, contact, agent, self.queue_of(contact))
            try:
                await self.commit(change)
            except VersionConflict:
                return False
            return True

    async def _misplaced(self, kind: str, head: Head, known: Mapping[str, str | None]) -> None:
        """Line and object, read at one instant, disagree: no write of ours does that, but
        whatever did must not block those who stand behind."""
        if head.id in known:
            log.error("router.misplaced", line=kind, id=head.id)
            await self.store.forget_place(kind, head)
