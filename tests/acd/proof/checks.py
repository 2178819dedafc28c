"""What must hold whenever all is quiet, compared with what Redis says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.change import place_of
from acd.contact_states import ContactState
from acd.model import Contact, Medium
from acd.offer_states import OfferState
from acd.records.live import LiveContacts
from tests.acd.proof import decisions, reference
from tests.acd.proof.centre import Centre
from tests.acd.proof.firm import AGENT, DIRECTORY, QUEUES
from tests.acd.proof.looks import Look, look
from tests.acd.proof.station import Station

_S, _A = ContactState, AssignmentState
_TALK = (_S.CONNECTED, _S.HELD)


class Checks:
    """``ages`` are those of all contacts ever."""

    def __init__(self) -> None:
        self.ages: dict[str, datetime] = {}
        self.before: Look | None = None
        self.decisions = 0  # that were compared with the reference

    async def check(self, centre: Centre, *, thorough: bool) -> None:
        """Raises AssertionError for the first thing that does not hold."""
        await centre.ledger.follow(centre.redis, centre.keys)
        assert centre.ledger.wrongs == [], centre.ledger.wrongs[:3]
        assert centre.world.wrongs == [], centre.world.wrongs[:3]
        assert centre.failures == [], centre.failures[:3]
        now = await look(centre)
        self._each_contact(now)
        self._capacity(centre, now)
        self._world(centre, now)
        self._nobody_left_waiting(centre, now)
        if not centre.disturbed and self.before is not None:
            self.decisions += decisions.compare(centre.ledger, self.before, now)
        self._board(centre, now)
        self._timers(centre, now)
        if thorough:
            await self._thoroughly(centre, now)
        self.before = now
        centre.disturbed = False

    def _each_contact(self, now: Look) -> None:
        for contact in now.contacts.values():
            if contact.enqueued_at is not None:
                age = self.ages.setdefault(contact.id, contact.enqueued_at)
                assert contact.enqueued_at == age, f"the age of {contact.id} was reset"
            over = contact.state in (_S.WRAP_UP, _S.ENDED)
            assert (contact.ended_at is not None) == over, contact
            if contact.state is _S.OFFERED:
                offer = now.offers[contact.offer_id or ""]
                assert offer.agent_id == contact.agent_id, contact
            if over:
                assert contact.end_reason is not None, contact
            holders = [
                (agent.id, one.state)
                for agent in now.agents.values()
                for one in agent.assignments
                if one.contact_id == contact.id and one.state is not _A.WRAP_UP
            ]
            if contact.state in (_S.ARRIVED, _S.IVR, _S.QUEUED, _S.WRAP_UP, _S.ENDED):
                assert holders == [], (contact.id, contact.state, holders)
            served = dict(holders)
            expected = {contact.agent_id, contact.consult_agent_id} - {None}
            if contact.state in _TALK:
                assert set(served) == expected, (contact, holders)
                assert served[contact.agent_id or ""] is _A.ACTIVE, (contact, holders)
                # Who gives advice may be called away from it.
                assert set(served.values()) <= {_A.ACTIVE, _A.PARKED}, (contact, holders)
            elif contact.state is _S.PARKED and holders:
                assert holders == [(contact.agent_id, _A.PARKED)], (contact, holders)
            elif contact.state is _S.OFFERED:
                offer = now.offers[contact.offer_id or ""]
                state = _A.OFFERED if offer.state is OfferState.PENDING else _A.ACTIVE
                assert set(served) == {contact.agent_id}, (contact, holders)
                # Accepted and not joined yet: it may have been parked for a call at once.
                assert served[contact.agent_id or ""] in (state, _A.PARKED), (contact, holders)

    def _capacity(self, centre: Centre, now: Look) -> None:
        for agent in now.agents.values():
            hands = reference.hands_of(agent)
            assert len(hands) == len(agent.assignments), f"has a contact twice: {agent}"
            assert hands == centre.ledger.hands.get(agent.id, {}), (
                f"the events do not tell what {agent.id} has: "
                f"{centre.ledger.hands.get(agent.id)} is {hands}"
            )
            capacity = AGENT[agent.id].capacity
            assert reference.fixed(hands) <= capacity, agent
            active = {id_: one for id_, one in hands.items() if one[1] is _A.ACTIVE}
            assert reference.load(active) <= capacity, agent
            for medium in Medium:
                alike = [m for m, s in hands.values() if m is medium and s is not _A.PARKED]
                most = AGENT[agent.id].most.get(medium, reference.MOST.get(medium, 100))
                assert len(alike) <= most, agent

    def _world(self, centre: Centre, now: Look) -> None:
        """What people have on their devices is what the state says, where it is known."""
        for station in centre.running:
            for line in list(centre.world.lines.values()):
                if line.node != station.node:
                    continue
                contact = now.contacts.get(line.contact_id)
                over = contact is None or contact.state in (_S.WRAP_UP, _S.ENDED)
                if contact is None or over:
                    assert not line.here, f"{line} is over and the customer still there"
                    legs = [*line.ringing, *line.up, line.joined]
                    assert legs == [None], f"{line} is over and an agent still there"
                    if contact is None:
                        del centre.world.lines[line.contact_id]
                    continue
                talks = contact.state in _TALK
                called_away = contact.state is _S.PARKED and any(
                    agent.has(contact.id, _A.PARKED) for agent in now.agents.values()
                )
                expected = contact.agent_id if talks or called_away else None
                assert line.joined == expected, (line, contact.state, contact.agent_id)
                offer = now.offers.get(contact.offer_id or "")
                pending = offer is not None and offer.state is OfferState.PENDING
                if not pending:
                    assert line.ringing == {}, (line, contact.state)
                elif offer is not None:
                    assert {o.id for o in line.ringing.values()} <= {offer.id}, (line, offer)

    def _nobody_left_waiting(self, centre: Centre, now: Look) -> None:
        found = reference.first(
            now.contacts.values(), list(now.agents.values()), now.now, now.open_to
        )
        assert found is None, (
            f"{found and found.contact} waits, {found and found.agent} is free; "
            f"{self._why_not(centre, found)}"
        )

    def _why_not(self, centre: Centre, found: reference.Next | None) -> str:
        board = centre.leader.board
        if board is None or found is None:
            return "no board"
        waiting = board.waiting.get(found.contact.id)
        staff = board.staff.get(found.agent.id)
        return (
            f"on the board: {waiting and (waiting.placement, waiting.version, waiting.taken)} "
            f"{staff and (staff.agent.version, staff.free, staff.agent.assignments)}"
        )

    # What the leader has in mind.

    def _board(self, centre: Centre, now: Look) -> None:
        board = centre.leader.board
        assert board is not None
        queued = {c.id: c for c in now.contacts.values() if c.state is _S.QUEUED}
        others = set(board.waiting) ^ set(queued)
        assert not others, f"others wait on the board: {others}"
        for id_, waiting in board.waiting.items():
            contact = queued[id_]
            assert not waiting.taken, f"{id_} is taken for ever"
            assert (waiting.version, waiting.rank) == (contact.version, contact.rank), contact
            if reference.borderline(contact, now.now):
                continue
            able = reference.able(contact, now.agents.values(), now.now)
            on_board = board.able_ids(waiting.line.need) if waiting.line is not None else set()
            assert on_board == able, (contact, waiting.placement, on_board, able)
        logged_in = {agent.id: agent for agent in now.logged_in}
        assert set(board.staff) == set(logged_in)
        for id_, staff in board.staff.items():
            agent = logged_in[id_]
            assert staff.agent.version == agent.version, (staff.agent, agent)
            free = {
                medium
                for medium in Medium
                if agent.presence is Presence.READY
                and reference.fits(id_, reference.hands_of(agent), medium)
            }
            assert staff.free == free, (agent, staff.free, free)
        standing = sum(line.size for line in board.lines())
        placed = sum(one.line is not None for one in board.waiting.values())
        assert standing == placed, "somebody stands in a line twice, or is gone from it"

    def _timers(self, centre: Centre, now: Look) -> None:
        leader = next(s for s in centre.running if s.router.leads)
        names = set(leader.timers.due)
        postponed = {name for works in leader.router.watching.postponed.values() for name in works}
        pending = {f"offer:{o.id}" for o in now.offers.values() if o.state is OfferState.PENDING}
        timed = {name for name in names if name.startswith("offer:")}
        assert timed | postponed >= pending, "nobody watches an offer's deadline"
        assert timed <= pending, f"timers leak: {sorted(timed - pending)}"
        wrapping = {
            f"wrap_up:{agent.id}"
            for agent in now.agents.values()
            if any(one.state is _A.WRAP_UP for one in agent.assignments)
        }
        watched = {name for name in names if name.startswith("wrap_up:")}
        assert watched == wrapping, (watched, wrapping)

    # Slower.

    async def _thoroughly(self, centre: Centre, now: Look) -> None:
        redis, keys = centre.redis, centre.keys
        shut = any(station.router.watching.suspended for station in centre.running)
        if len(centre.running) == len(centre.stations) and not shut:
            findings = await centre.leader.sweep()
            nodes = {station.node for station in centre.running}
            stuck = [f for f in findings if _concerns(f.id, now, nodes)]
            assert stuck == [], stuck
        for queue in QUEUES:
            members: Any = await redis.zrange(keys("queue", queue.name), 0, -1, withscores=True)
            places = [(c.id, place_of(c)) for c in now.contacts.values()]
            expected = {id_: p[1] for id_, p in places if p is not None and p[0] == queue.name}
            assert dict(members) == expected, f"the queue {queue.name} is not as the contacts say"
        for station in centre.running:
            await self._cache(station, redis)
        live = LiveContacts(redis, keys)
        async for batch in live.batches(100):
            rows, gone, unreadable = await live.read(batch)
            assert not unreadable, unreadable
            await live.clear(rows, gone)

    async def _cache(self, station: Station, redis: Redis) -> None:
        """What a process remembers may be outdated, but is never ahead of the truth."""
        texts = station.router.store.cache._texts
        if not texts:
            return
        names = list(texts)
        stored: Any = await redis.mget(names)
        for name, text in zip(names, stored, strict=True):
            version = station.router.store.cache.version(name)
            known = int(text[len('{"version":') : text.index(",")]) if text else None
            if known is not None:
                assert version <= known, f"{station.node} remembers what was never written: {name}"
                if version == known:
                    assert texts[name].decode() == text, f"two versions {version} of {name}"

    async def at_the_end(self, centre: Centre) -> None:
        """Everybody has gone: nothing is left."""
        await self.check(centre, thorough=True)
        now = await look(centre)
        assert now.contacts == {}, f"contacts are left: {list(now.contacts.values())[:2]}"
        for agent in now.agents.values():
            assert agent.assignments == [], agent
        assert set(centre.ledger.ended()) <= {1}, "a contact did not end exactly once"
        assert centre.world.lines == {}, "somebody is still on a line"
        async for wrong in self._left_over(centre):
            raise AssertionError(wrong)
        for station in centre.running:
            timers = {n for n in station.timers.due if not n.startswith(_LASTING)}
            assert timers == set(), f"timers leak at {station.node}: {timers}"
            assert len(station.router.tasks) == 1
            assert not station.router._locks, "locks leak"

    async def _left_over(self, centre: Centre) -> Any:
        redis, keys = centre.redis, centre.keys
        lasting = {
            keys(name)
            for name in ("contacts", "agents", "events", "changes", "leader", "epoch", "routers",
                         "shut", "dirty", "estimator", "expected_waits")
        }  # fmt: skip
        lasting |= {keys("agent", agent.id) for agent in DIRECTORY.agents()}
        names: Any = await redis.keys("*")
        for name in sorted(set(names) - lasting):
            if await redis.ttl(name) < 0:
                yield f"{name} is kept for ever"
            elif not name.startswith((keys("offer", ""), keys("wrote", ""), keys("last", ""))):
                yield f"nobody knows what {name} is"


_LASTING = ("expected_waits",)


def _concerns(id_: str, now: Look, nodes: set[str]) -> bool:
    """Whether a finding is about what a living node carries."""
    contact = now.contacts.get(id_)
    if contact is not None:
        return contact.node in nodes
    agent = now.agents.get(id_)
    if agent is None:
        return True
    of = [now.contacts.get(one.contact_id) for one in agent.assignments]
    return all(one is None or one.node in nodes for one in of)


def contacts_of(now: Look, *states: ContactState) -> Iterator[Contact]:
    """Those in one of these states."""
    return (contact for contact in now.contacts.values() if contact.state in states)
