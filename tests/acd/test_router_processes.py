"""Routers as processes, stopped and killed with real signals."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio
from redis.asyncio import Redis

from acd.contact_states import ContactState
from acd.leadership import Leadership
from acd.model import Medium
from acd.router import Router
from core.redis import Keys
from tests.acd.router_process import AGENTS, make_router
from tests.support.wait import eventually

LEASE = 0.8
KEYS = Keys("many")


class RouterProcess:
    """A running router, and what it has told."""

    def __init__(self, node: str, process: Process) -> None:
        self.node = node
        self.process = process
        self.told: list[dict[str, Any]] = []
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.startswith(b"{"):
                self.told.append(json.loads(line))

    def count(self, event: str) -> int:
        return sum(one["event"] == event for one in self.told)

    async def tells(self, event: str, **fields: str) -> None:
        """Wait until it has told this."""

        async def has() -> bool:
            return any(one["event"] == event and fields.items() <= one.items() for one in self.told)

        await eventually(has, f"{self.node} tells {event} {fields}")

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        await self.process.wait()
        await self._reading


Start = Callable[[str], Awaitable[RouterProcess]]


@pytest_asyncio.fixture
async def start(redis_url: str) -> AsyncIterator[Start]:
    """``await start(node)``: a router of that node, in a process of its own."""
    made: list[RouterProcess] = []

    async def begin(node: str) -> RouterProcess:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.acd.router_process", redis_url, node, str(LEASE),
            stdout=PIPE, stderr=STDOUT,
        )  # fmt: skip
        made.append(RouterProcess(node, process))
        await made[-1].tells("router.recovered")
        return made[-1]

    yield begin
    for one in made:
        await one.end()


@pytest_asyncio.fixture
async def desk(redis_url: str) -> AsyncIterator[Callable[[str], Router]]:
    """``desk(node)``: what people of a node do, without a router of their own."""
    made: list[Router] = []

    def make(node: str) -> Router:
        made.append(make_router(redis_url, node, LEASE))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def comes(desk: Router) -> str:
    contact = await desk.contacts.open(medium=Medium.VOICE, channel="test")
    await desk.enqueue(contact.id, "open")
    return contact.id


async def test_a_leader_that_is_stopped_beyond_its_lease_is_fenced(
    redis: Redis, start: Start, desk: Callable[[str], Router]
) -> None:
    """SIGSTOP in the middle of many claims, somebody else takes over, SIGCONT: what it
    goes on to claim is refused."""
    one = await start("one")
    people = desk("one")
    taker = Leadership(redis, KEYS, "two", lease=60)
    fenced = False
    for _ in range(10):
        await one.tells("router.leading")
        one.told.clear()
        contacts = await asyncio.gather(*(comes(people) for _ in range(AGENTS)))
        log_in = asyncio.gather(*(people.log_in(f"a{n}", ready=True) for n in range(AGENTS)))
        await one.tells("medium.ring")
        one.process.send_signal(signal.SIGSTOP)
        await log_in

        async def lease_is_over() -> bool:
            return not await redis.exists(KEYS("leader"))

        await eventually(lease_is_over, "the lease runs out")
        await taker._beat()
        offers = await _offers(redis)
        one.process.send_signal(signal.SIGCONT)
        await one.tells("router.follows")
        fenced = fenced or bool(one.count("router.fenced"))
        # Whatever it tried: nothing more was offered, since the epoch is another's.
        assert await _offers(redis) == offers
        agents = [agent for agent in await people.agents.all() if agent.assignments]
        held = {one.contact_id: agent.id for agent in agents for one in agent.assignments}
        assert len(held) == len(agents) == len(offers)
        for contact_id in contacts:
            contact = await people.contacts.get(contact_id)
            assert contact.agent_id == held.get(contact_id)
            waits = contact.state is ContactState.QUEUED
            assert waits == (contact_id not in held)
        if fenced:
            return
        await asyncio.gather(*(people.customer_left(contact_id, None) for contact_id in contacts))
        await asyncio.gather(*(people.log_out(f"a{n}") for n in range(AGENTS)))
        for key in await _offers(redis):
            await redis.delete(key)
        await redis.delete(KEYS("leader"))  # the taker lets it go: it leads again
    raise AssertionError("it was never stopped in the middle of a claim")


async def _offers(redis: Redis) -> set[str]:
    keys: Any = await redis.keys(KEYS("offer", "*"))
    return {str(key) for key in keys}


async def test_a_contact_that_was_claimed_by_a_leader_that_is_killed(
    start: Start, desk: Callable[[str], Router]
) -> None:
    """kill -9: another leads, the lease of the offer runs out, the contact returns at its
    old age and goes to the next agent."""
    one = await start("one")
    await one.tells("router.leading")
    two = await start("two")
    people = desk("two")
    await people.log_in("a1", ready=True)
    contact_id = await comes(people)
    entered = (await people.contacts.get(contact_id)).enqueued_at
    await two.tells("medium.ring", contact=contact_id, agent="a1")
    one.process.kill()
    await two.tells("router.leading")
    await people.log_in("a2", ready=True)
    await two.tells("medium.ring", contact=contact_id, agent="a2")
    assert (await people.agents.get("a1")).reason == "rona"
    contact = await people.contacts.get(contact_id)
    assert (contact.enqueued_at, contact.agent_id) == (entered, "a2")


async def test_three_processes_and_each_contact_to_one_agent(
    start: Start, desk: Callable[[str], Router]
) -> None:
    """Each node rings for its own contacts, each agent is rung for one, whoever leads;
    also when the leader is killed in the middle of it."""
    processes = [await start(node) for node in ("one", "two", "three")]
    people = [desk(process.node) for process in processes]
    contacts = {}

    async def arrive(number: int) -> None:
        contacts[await comes(people[number % 3])] = processes[number % 3].node

    await asyncio.gather(
        *(arrive(number) for number in range(12)),
        *(people[number % 2].log_in(f"a{number}", ready=True) for number in range(12)),
    )
    leader = next(process for process in processes if process.count("router.leading"))

    async def all_ring() -> bool:
        return sum(process.count("medium.ring") for process in processes) >= 12

    await eventually(all_ring, "all ring")
    rings = [
        (process.node, one["contact"], one["agent"])
        for process in processes
        for one in process.told
        if one["event"] == "medium.ring"
    ]
    assert len(rings) == 12
    assert {contact: node for node, contact, _ in rings} == contacts
    assert len({agent for _, _, agent in rings}) == 12
    leader.process.kill()
    others = [process for process in processes if process is not leader]

    async def one_leads() -> bool:
        return any(process.count("router.leading") for process in others)

    await eventually(one_leads, "another leads")
    agents = [one for one in await people[0].agents.all() if one.assignments]
    held = [assignment.contact_id for agent in agents for assignment in agent.assignments]
    assert len(held) == len(set(held))
