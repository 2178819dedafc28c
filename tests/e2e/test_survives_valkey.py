"""The Redis-protocol server is killed; it comes back with its data."""

from __future__ import annotations

import time

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from acd.records.queries import ContactRecord
from core.clock import to_epoch
from tests.support.app_process import Killable
from tests.support.installation import Centre, Installation
from tests.support.wait import until


async def test_nothing_that_waits_is_lost(killable: Killable) -> None:
    centre = await killable()
    centre.expected_errors.add("records.write_failed")  # said once; it is written later
    call = await centre.call("4000")
    before = await centre.wait_contact(ContactState.QUEUED)
    await centre.valkey.kill()
    await centre.valkey.start()
    after = await centre.wait_contact(ContactState.QUEUED)
    assert (after.id, after.enqueued_at) == (before.id, before.enqueued_at)
    agent = await centre.agent("alice")
    incoming = await agent.phone.next_incoming(20)
    await incoming.answer()
    await call.tone(440)
    await incoming.hear_tone(440)


async def test_what_happens_while_it_is_away_is_not_forgotten(killable: Killable) -> None:
    """And the talk is as long as it was, not as long as until it could be written."""
    centre = await killable()
    centre.expected_errors.add("records.write_failed")  # said once; it is written later
    agent = await centre.agent("alice")
    call, incoming, contact_id = await centre.talk(agent)
    await centre.valkey.kill()
    ended = await call.hangup()
    await incoming.wait_state("disconnected")
    await _away(3)
    await centre.valkey.start()
    record = await centre.record(contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    _lasted(record, incoming.at["confirmed"], ended)
    await centre.wait_agent("alice", AgentState.READY)


async def test_it_is_away_for_longer_than_anybody_waits(installation: Installation) -> None:
    """Who hung up, when and which of the two is known all the same; the caller who left
    the queue rings nobody, the one who stayed is served."""
    centre = await installation()
    centre.expected_errors |= {"records.write_failed", "router.unsure"}
    store = centre.server.router.store
    agent = await centre.agent("alice")
    call = await centre.call("4000")
    incoming = await agent.phone.next_incoming()
    await incoming.answer()
    contact_id = await centre.contact_of("alice")
    await centre.wait_state(contact_id, "connected")
    leaves = await centre.call("4000", caller="13800000002")
    await until(lambda: _waiting(centre, 1), 15, "one who waits")
    left_id = next(c.id for c in await centre.contacts() if c.id != contact_id)
    await centre.call("4000", caller="13800000003")
    await until(lambda: _waiting(centre, 2), 15, "two who wait")

    store.patience = 0.3
    await centre.valkey.kill()
    ended = await incoming.hangup()
    await call.wait_state("disconnected")
    left = await leaves.hangup()
    await until(lambda: centre.server.router.unsure, 15, "calls given up")
    await _away(2)
    await centre.valkey.start()

    served = await agent.phone.next_incoming(20)
    assert served.from_user == "13800000003"
    record = await centre.record(contact_id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP
    _lasted(record, incoming.at["confirmed"], ended)
    gone = await centre.record(left_id)
    assert gone.contact.end_reason == EndReason.ABANDONED_IN_QUEUE
    assert gone.contact.ended_at is not None
    assert abs(to_epoch(gone.contact.ended_at) - left) < 0.5
    assert [s for s in gone.segments if s.kind == SegmentKind.RING] == []
    await until(lambda: not centre.server.router.unsure, 15, "all made up for")


async def _waiting(centre: Centre, count: int) -> bool:
    return len([c for c in await centre.contacts() if c.state is ContactState.QUEUED]) == count


async def _away(seconds: float) -> None:
    over = time.monotonic() + seconds
    await until(lambda: time.monotonic() > over, seconds + 5, f"{seconds} s without Valkey")


def _lasted(record: ContactRecord, answered: float, ended: float) -> None:
    """The talk began and ended when the phones say."""
    (talk,) = [s for s in record.segments if s.kind == SegmentKind.TALK]
    assert talk.ended_at is not None
    assert abs(to_epoch(talk.ended_at) - ended) < 0.5
    assert abs((talk.ended_at - talk.started_at).total_seconds() - (ended - answered)) < 0.5
