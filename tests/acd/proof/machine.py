"""Random days of the whole centre, drawn by Hypothesis.

Rules draw the same whatever happened, so that what Hypothesis has drawn can be drawn
again. Shrinking is left out: how far a killed router got is never twice the same.
"""

from __future__ import annotations

import asyncio
import json
import re
import traceback
from collections import Counter
from collections.abc import Coroutine
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from acd.model import EndReason
from core.clock import ManualClock
from core.event_log import FIELD, STREAM
from tests.acd.proof.acts import KINDS, Act, perform
from tests.acd.proof.centre import Centre
from tests.acd.proof.checks import Checks
from tests.acd.proof.firm import AGENTS, MEDIA, NODES
from tests.acd.proof.looks import look

_NAMES = [name for name, (share, _) in KINDS.items() for _ in range(share)]
_NUMBER = st.integers(0, (1 << 28) - 1)
_CONTACT = re.compile(r"con_[0-9A-Z]{26}")
_START = ManualClock().now().timestamp()
_SPREAD = 181_214_327
ACTS = st.lists(_NUMBER, min_size=1, max_size=9)


def act_of(number: int) -> Act:
    """An act from one drawn number: cheap to draw, and every number is one."""
    number = number * _SPREAD % (1 << 28)  # small numbers are drawn more often than others
    kind, number = _NAMES[number % len(_NAMES)], number // len(_NAMES)
    return Act(kind, number % 59, number // 59 % 61, number // 3599 % 997)


class Day(RuleBasedStateMachine):
    """One day, of which every burst of acts ends in quiet, and is looked at."""

    url: ClassVar[str]
    totals: ClassVar[Counter[str]]
    failures: ClassVar[list[str]] = []
    thorough_every: ClassVar[int] = 6

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.centre = Centre(self.url)
        self.checks = Checks()
        self.bursts = 0
        self.failed = False
        self.story: list[object] = []  # what was done, for who reads a failure

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            self.runner.run(work)
        except Exception as error:
            # Kept here, since drawing the same again may come to another end.
            self.failures.append("".join(traceback.format_exception(error)))
            raise

    @initialize(nodes=st.integers(1, len(NODES)), staff=st.integers(0, 127))
    def opens(self, nodes: int, staff: int) -> None:
        async def work() -> None:
            await self.centre.open(nodes)
            for number, agent in enumerate(AGENTS):
                if staff >> number & 1:
                    await self.centre.station(number).router.log_in(agent.id, ready=True)
            await self._quiet()

        self.run(work())

    async def _quiet(self) -> None:
        self.bursts += 1
        try:
            await self.centre.settle()
            await self.checks.check(self.centre, thorough=self.bursts % self.thorough_every == 0)
        except AssertionError as error:
            self.failed = True
            error.add_note("before that: " + "; ".join(map(str, self.story[-12:])))
            for contact_id in dict.fromkeys(_CONTACT.findall(str(error))):
                error.add_note(await self._history(contact_id))
            raise

    async def _history(self, contact_id: str) -> str:
        """What happened to the contact, and what drivers were asked for it."""
        entries: Any = await self.centre.redis.xrange(self.centre.keys(STREAM))
        told = []
        for position, fields in entries:
            event = json.loads(fields[FIELD])
            if event["contact_id"] == contact_id:
                shown = {k: v for k, v in event["data"].items() if k != "why"}
                at = f"{position} {event['at'] - _START:.3f}"
                told.append(f"{at} {event['type']} {event['agent_id']} {shown}")
        asked = [" ".join(one) for one in self.centre.world.asked if one[2] == contact_id]
        return "\n".join([f"of {contact_id}:", *told[-25:], *asked[-12:]])

    def _perform(self, numbers: list[int]) -> None:
        acts = [act_of(number) for number in numbers]
        self.story.append([(act.kind, act.a, act.b, act.c) for act in acts])
        for act in acts:
            perform(self.centre, act)

    # Rules. Those that occur often are there several times.

    @rule(numbers=ACTS)
    def burst(self, numbers: list[int]) -> None:
        """Several at once."""

        async def work() -> None:
            self._perform(numbers)
            await self._quiet()

        self.run(work())

    @rule(numbers=ACTS)
    def another_burst(self, numbers: list[int]) -> None:
        self.burst(numbers)

    @rule(numbers=ACTS)
    def one_after_the_other(self, numbers: list[int]) -> None:
        """Each when the one before is done: every decision can be compared."""

        async def work() -> None:
            for number in numbers:
                self._perform([number])
                await self._quiet()

        self.run(work())

    @rule(seconds=st.sampled_from([0.731, 3.137, 11.291, 21.777, 37.913]), numbers=ACTS)
    def time_passes(self, seconds: float, numbers: list[int]) -> None:
        async def work() -> None:
            self.story.append(f"{seconds} s")
            self.centre.counts["time passes"] += 1
            await self.centre.time_passes(seconds)
            await self._quiet()
            self._perform(numbers)
            await self._quiet()

        self.run(work())

    @rule(numbers=ACTS, node=st.sampled_from(NODES), turns=st.integers(0, 40), back=st.booleans())
    def killed(self, numbers: list[int], node: str, turns: int, back: bool) -> None:
        """A process is killed in the middle of what it does; another begins, now or
        later."""
        centre = self.centre

        async def work() -> None:
            self._perform(numbers)
            for _ in range(turns):
                await asyncio.sleep(0)
            if node in centre.stations and (len(centre.running) > 1 or back):
                self.story.append(f"kill {node} back {back}")
                centre.counts["kills"] += 1
                await centre.kill(node)
            if back and node not in centre.stations:
                self.story.append(f"start {node}")
                centre.counts["starts"] += 1
                await centre.start(node)
            await self._quiet()

        self.run(work())

    @rule(first=ACTS, then=ACTS, last=ACTS, node=st.sampled_from(NODES), turns=st.integers(0, 20))
    def stopped(
        self, first: list[int], then: list[int], last: list[int], node: str, turns: int
    ) -> None:
        """A process does not run for longer than its lease, and then goes on as if
        nothing had been."""
        centre = self.centre

        async def work() -> None:
            self._perform(first)
            for _ in range(turns):
                await asyncio.sleep(0)
            alone = len(centre.running) < 2
            if node not in centre.stations or alone:
                await self._quiet()
                return
            self.story.append(f"stop {node}")
            centre.counts["stops"] += 1
            centre.stop(node)
            self._perform(then)
            await centre.settle()
            await centre.time_passes(8.3)
            await self._quiet()
            self._perform(last)
            self.story.append(f"go on {node}")
            centre.go_on(node)
            await self._quiet()

        self.run(work())

    @rule(numbers=ACTS, node=st.sampled_from(NODES), answers=st.integers(1, 4))
    def answers_lost(self, numbers: list[int], node: str, answers: int) -> None:
        """The server has done it, but nobody hears so."""

        async def work() -> None:
            station = self.centre.stations.get(node)
            if station is not None:
                self.story.append(f"lose {answers} of {node}")
                station.wire.lose(answers)
                self.centre.disturbed = True
            self._perform(numbers)
            await self._quiet()

        self.run(work())

    # The end of the day.

    def teardown(self) -> None:
        try:
            self.run(self._end())
        finally:
            self.run(self._close())
            self.runner.close()

    async def _end(self) -> None:
        centre = self.centre
        if not centre.stations or self.failed:
            return
        self.story.append("the end")
        for node in NODES:
            if node not in centre.stations:
                await centre.start(node)
        for station in centre.running:
            for medium in MEDIA:
                station.router.resume_medium(medium)
        centre.world.down.clear()
        await self._quiet()
        for line in list(centre.world.lines.values()):
            centre.leaves(line)
        await self._quiet()
        for contact in (await look(centre)).contacts.values():  # those to be called back
            station = centre.stations[contact.node]
            station.do(station.router.finish(contact.id, EndReason.ERROR))
        await self._quiet()
        await centre.time_passes(4000.7)
        await centre.settle()
        await self.checks.check(centre, thorough=True)
        await self.checks.at_the_end(centre)

    async def _close(self) -> None:
        centre = self.centre
        totals = type(self).totals
        totals.update(centre.counts)
        totals["bursts"] += self.bursts
        totals["decisions compared"] += self.checks.decisions
        totals["contacts"] += centre.ledger.count("arrived")
        totals["contacts ended"] += centre.ledger.count("ended")
        totals["offers"] += centre.ledger.count("offered")
        totals["conversations"] += centre.ledger.count("connected")
        totals["days"] += 1
        for station in centre.stations.values():
            totals["answers lost"] += station.wire.lost
        await centre.close()
