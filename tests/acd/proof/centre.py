"""A contact centre of several routers on one real server, and what people do there."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from acd.directory import Directory
from acd.router import Router
from core import ids
from core import redis as redis_access
from core.clock import ManualClock
from core.redis import Keys
from tests.acd.proof.firm import DIRECTORY, NODES
from tests.acd.proof.ledger import Ledger
from tests.acd.proof.station import Failure, Station
from tests.acd.proof.world import Line, World

PATIENCE = 60.0  # real seconds until something is found to hang


class Centre:
    """``stations`` are the processes that have not been killed; of each node one at most."""

    def __init__(self, url: str, directory: Directory = DIRECTORY) -> None:
        self.url = url
        self.directory = directory
        self.keys = Keys("proof")
        self.clock = ManualClock()
        self.world = World()
        self.ledger = Ledger()
        self.failures: list[Failure] = []
        self.stations: dict[str, Station] = {}
        self.redis: Redis = redis_access.connect(url)  # the proof's own view
        self.counts: Counter[str] = Counter()
        self.disturbed = False  # since the last look a process was killed, stopped...
        self._ghosts: list[str] = []  # processes whose lease has still to run out

    async def open(self, nodes: int) -> None:
        """Begin, with so many nodes."""
        await self.redis.flushall()
        for node in NODES[:nodes]:
            await self.start(node)
        await self.settle()

    async def close(self) -> None:
        for station in self.stations.values():
            station.wire.go_on()
            await station.kill()
        await self.redis.aclose()

    # Processes.

    @property
    def running(self) -> list[Station]:
        """Those that neither were killed nor are stopped."""
        return [station for station in self.stations.values() if station.runs]

    @property
    def leader(self) -> Router:
        """The router that matches."""
        (one,) = [station.router for station in self.running if station.router.leads]
        return one

    def station(self, pick: int) -> Station:
        """Any process that runs."""
        running = self.running
        return running[pick % len(running)]

    async def start(self, node: str) -> None:
        """A new process for ``node``."""
        station = Station(
            self.url, self.keys, self.clock, self.world, node, self.failures, self.directory
        )
        self.stations[node] = station
        await station.start()
        self.disturbed = True

    async def kill(self, node: str) -> None:
        """Kill the node's process; that its lease is over is found out later."""
        station = self.stations.pop(node)
        self._ghosts.append(station.router.leadership.process)
        self.counts["answers lost"] += station.wire.lost
        await station.kill()
        self.disturbed = True

    def stop(self, node: str) -> None:
        """Stop the node's process for longer than its lease."""
        station = self.stations[node]
        station.wire.stop()
        self._ghosts.append(station.router.leadership.process)
        self.disturbed = True

    def go_on(self, node: str) -> None:
        """Let a stopped process run again."""
        self.stations[node].wire.go_on()
        self.disturbed = True

    async def _leases_end(self) -> None:
        """Whoever said nothing for so long is believed to be gone."""
        for process in self._ghosts:
            leader = await self.redis.get(self.keys("leader"))
            if leader == process:
                await self.redis.delete(self.keys("leader"))
            await self.redis.zrem(self.keys("routers"), process)
        if self._ghosts:
            self._ghosts.clear()
            self._beat()

    def _beat(self) -> None:
        for station in self.running:
            station.router.leadership.soon()

    # Time.

    async def time_passes(self, seconds: float) -> None:
        """Move the clock, and do in order what becomes due where something runs."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while True:
            due = [
                (when, node, name)
                for node, station in self.stations.items()
                if station.runs
                for name, (when, _) in station.timers.due.items()
                if when <= end
            ]
            if not due:
                break
            when, node, name = min(due)
            self.clock.advance(max(0.0, (when - self.clock.now()).total_seconds()))
            await self.stations[node].fire(name)
            # What follows from it is not as long in coming as the next timer may be.
            for station in self.running:
                await station.router.quiet()
        self.clock.advance(max(0.0, (end - self.clock.now()).total_seconds()))

    # Quiet.

    async def settle(self) -> None:
        """Wait until nobody who runs has anything left to do by themselves."""
        await self._leases_end()
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._is_settled():
                    pass
        except TimeoutError:
            raise AssertionError(f"it does not come to rest: {self._going_on()}") from None

    async def _is_settled(self) -> bool:
        before = await self._written()
        for station in self.running:
            await station.quiet()
        lead = [station for station in self.running if station.router.leads]
        known = {station.router.leadership.nodes == self._alive() for station in self.running}
        if len(lead) != 1 or known != {True}:
            self._beat()
            await asyncio.sleep(0.001)
            return False
        if any(station.busy for station in self.running):
            await asyncio.sleep(0)
            return False
        return await self._written() == before

    def _alive(self) -> set[str]:
        return {station.node for station in self.running}

    async def _written(self) -> object:
        last: Any = await self.redis.xrevrange(self.keys("events"), count=1)
        changes: Any = await self.redis.xrevrange(self.keys("changes"), count=1)
        return [entry[0] for entry in [*last, *changes]]

    def _going_on(self) -> list[str]:
        return [
            f"{station.node} leads {station.router.leads} "
            f"nodes {sorted(station.router.leadership.nodes)} "
            f"people {[t.get_name() for t in station.people._tasks]} "
            f"tasks {[t.get_name() for t in station.router.tasks._tasks]}"
            for station in self.running
        ]

    # People.

    def of(self, line: Line) -> Station | None:
        """The process that carries the customer's side, if there is one."""
        return self.stations.get(line.node)

    def report(self, line: Line, work: Any) -> None:
        """The medium tells its router, if that lives: ``work`` of a router makes the
        report."""
        station = self.of(line)
        if station is not None:
            station.do(work(station.router))

    def new_line(self, station: Station, medium: Any) -> Line:
        """A customer comes."""
        line = Line(ids.new_id(ids.CONTACT), station.node, medium)
        self.world.lines[line.contact_id] = line
        return line

    def leaves(self, line: Line) -> None:
        """The customer goes; the medium ends the agent's leg with it."""
        if not line.here:
            return
        line.here, line.cause = False, 16
        agent_id = line.part()
        self.report(line, lambda router: router.customer_left(line.contact_id, 16))
        if agent_id is not None:
            self.report(line, lambda router: router.agent_left(line.contact_id, agent_id, 16))

    def answers(self, agent_id: str, pick: int) -> None:
        """The agent takes one of what rings."""
        ringing = self.world.ringing_at(agent_id)
        if ringing:
            offer = ringing[pick % len(ringing)]
            line = self.world.lines[offer.contact_id]
            line.up[agent_id] = line.ringing.pop(agent_id)
            self.world.answered.append(offer)
            self.report(line, lambda router: router.agent_answered(offer.id))

    def does_not_answer(self, agent_id: str, outcome: str, pick: int) -> None:
        """It rings out, or the agent rejects it."""
        ringing = self.world.ringing_at(agent_id)
        if ringing:
            offer = ringing[pick % len(ringing)]
            line = self.world.lines[offer.contact_id]
            del line.ringing[agent_id]
            self.report(line, lambda router: router.agent_unanswered(offer.id, outcome, None))

    def hangs_up(self, agent_id: str, pick: int) -> None:
        """The agent leaves one of those they are joined with; a customer who is not on
        hold is let go with it."""
        talks = self.world.talks(agent_id)
        if not talks:
            return
        line = talks[pick % len(talks)]
        held = line.on_hold
        line.part()
        self.report(line, lambda router: router.agent_left(line.contact_id, agent_id, 16))
        if not held:
            line.here, line.cause = False, 16
            self.report(line, lambda router: router.customer_left(line.contact_id, 16))

    def drops(self, agent_id: str) -> None:
        """The agent's leg, answered but not joined, is gone."""
        for line in self.world.lines.values():
            if agent_id in line.up and line.joined != agent_id:
                del line.up[agent_id]
                contact_id = line.contact_id
                self.report(line, lambda router: router.agent_left(contact_id, agent_id, 16))  # noqa: B023
                return
