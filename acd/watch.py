"""Watching the time: deadlines of offers, ends of wrap-ups, and media that are not served.

The leader watches for all nodes. What it must not judge yet, because the medium cannot be
heard, is postponed until it can.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial

from acd.board import Board
from acd.engine import Engine
from acd.model import Agent, Medium, Offer
from acd.timers import Work
from core.redis import RedisUnavailable

GRACE = timedelta(seconds=5)  # for a medium to tell what happened while it was not heard
MEDIUM = "medium"  # who suspends, unless another is named: the medium itself
_OFFER = "offer:"  # begins the names of timers of deadlines


@dataclass(slots=True)
class Watching:
    """What :class:`Watch` has in mind."""

    suspended: dict[Medium, set[str]] = field(default_factory=dict)  # medium -> by whom
    postponed: dict[tuple[str, Medium], dict[str, Work]] = field(default_factory=dict)
    watched: set[str] = field(default_factory=set)  # names of the leader's timers
    started: bool = False
    shut_told: bool = True
    telling: bool = False


class Watch(Engine):
    """The part of the router that knows what time brings, and what is not served."""

    board: Board | None = None  # of the leader

    @cached_property
    def watching(self) -> Watching:
        """What is watched and what is suspended."""
        return Watching()

    @property
    def leads(self) -> bool:
        """Whether this process matches and watches the time."""
        return self.board is not None

    def time_wrap_ups(self, agent: Agent) -> None:
        """Wake us when the agent's next wrap-up ends."""
        due = [one.until for one in agent.assignments if one.until is not None]
        work = partial(self.wrap_up_is_due, agent.id)
        self.watch(f"wrap_up:{agent.id}", min(due, default=None), work)

    def time_offer(self, offer: Offer, deadline: datetime | None = None) -> None:
        """Wake us when a pending offer is due."""
        name = f"{_OFFER}{offer.id}"
        work = partial(self.offer_is_due, offer.id)
        visible = partial(self.if_visible, offer.node, offer.medium, name, work)
        self.watch(name, deadline or offer.deadline, visible)

    def watch(self, name: str, due: datetime | None, work: Work | None = None) -> None:
        """Set a timer that is the leader's business, or, without ``due``, forget it."""
        watched = self.watching.watched

        async def is_due() -> None:
            watched.discard(name)
            try:
                if work is not None:
                    await work()
            except Exception:
                watched.add(name)  # it will be done again
                raise

        if due is not None:
            watched.add(name)
            self.timers.at(name, due, is_due)
        elif name in watched:
            watched.discard(name)
            self.timers.cancel(name)

    def forget_offer(self, offer: Offer) -> None:
        """The offer is decided."""
        name = f"{_OFFER}{offer.id}"
        self.watch(name, None)
        self.watching.postponed.get((offer.node, offer.medium), {}).pop(name, None)

    def watch_no_more(self) -> None:
        """Somebody else leads."""
        state = self.watching
        for name in state.watched:
            self.timers.cancel(name)
        for works in state.postponed.values():
            for name in [name for name in works if name.startswith(_OFFER)]:
                del works[name]
        state.watched.clear()

    # Media that are not served.

    def suspend(self, medium: Medium, *, by: str = MEDIUM) -> None:
        """Offer nothing of the medium until whoever suspended it resumes it: the medium
        itself is down, say, or it is not known what became of its contacts."""
        self.watching.suspended.setdefault(medium, set()).add(by)
        self.publish_shut()

    def resume_medium(self, medium: Medium, *, by: str = MEDIUM) -> None:
        """The medium works again as far as ``by`` is concerned. No error if it was not
        suspended by them."""
        owners = self.watching.suspended.get(medium, set())
        owners.discard(by)
        if not owners:
            self.watching.suspended.pop(medium, None)
        self.publish_shut()

    def publish_shut(self) -> None:
        """Tell all routers what this node does not serve."""
        state = self.watching
        self._shut(self.node, list(state.suspended))
        if state.started:
            state.shut_told = False
            if not state.telling:
                state.telling = True
                self.tasks.start(self._tell_shut(), name="tell_shut")

    async def _tell_shut(self) -> None:
        """One after the other: what is told is told again when the answer is lost, and what
        was true before must not be told after what is true now."""
        state = self.watching
        try:
            while not state.shut_told:
                state.shut_told = True
                media = sorted(medium.value for medium in state.suspended)
                # If Redis is away it is told again when it is back and the media are resumed.
                with contextlib.suppress(RedisUnavailable):
                    await self.store.tell_shut(self.node, media, self.leadership.process)
        finally:
            state.telling = False

    def others_shut(self, node: str, media: Sequence[str]) -> None:
        """Another node serves these media no longer, and all others."""
        if node not in self.leadership.nodes:
            self.leadership.soon()  # it has just begun to live
        self._shut(node, [Medium(one) for one in media])

    def _shut(self, node: str, media: Sequence[Medium]) -> None:
        if self.board is not None:
            self.board.shut(node, media)
        self.take_up_postponed(lambda at_node: at_node == node, media)
        self.match_soon()

    def take_up_postponed(
        self, of_node: Callable[[str], bool], but: Collection[Medium] = ()
    ) -> None:
        """Time again what was postponed of these nodes, but not of these media."""
        postponed = self.watching.postponed
        for node, medium in list(postponed):
            if of_node(node) and medium not in but:
                for name, work in postponed.pop((node, medium)).items():
                    due = self.clock.now() + GRACE
                    visible = partial(self.if_visible, node, medium, name, work)
                    if name.startswith(_OFFER):
                        self.watch(name, due, visible)
                    else:
                        self.timers.at(name, due, visible)

    async def if_visible(self, node: str, medium: Medium, name: str, work: Work) -> None:
        """Do the ``work`` of a timer, but judge nobody while it cannot be seen what
        they do: while the medium is suspended the timer waits, and then a little more. A
        node that does not live is not waited for."""
        board = self.board
        shut = node in ("", self.node) and medium in self.watching.suspended
        if board is not None:
            shut = (shut or board.is_shut(node, medium)) and not board.is_dead(node)
        if shut:
            self.watching.postponed.setdefault((node, medium), {})[name] = work
        else:
            await work()

    # Parts of the router that this one calls.

    def match_soon(self) -> None:
        raise NotImplementedError

    async def offer_is_due(self, offer_id: str) -> None:
        raise NotImplementedError

    async def wrap_up_is_due(self, agent_id: str) -> None:
        raise NotImplementedError
