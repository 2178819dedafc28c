"""A contact without a channel ends; nobody else's does, and no agent is rung for it twice."""

from __future__ import annotations

import asyncio

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import Contact, EndReason, Medium, SegmentKind
from tests.support.installation import Centre, Installation
from tests.support.talk import answer, talking
from tests.support.wait import until


async def _ghost(centre: Centre, address: str) -> str:
    """A contact that waits, of whom Asterisk knows nothing."""
    router = centre.server.router
    contact = await router.contacts.open(
        medium=Medium.VOICE, channel="phone", customer_number="1", dialled_number="4000",
        address=address,
    )  # fmt: skip
    await router.contacts.ivr_started(contact.id)
    await router.enqueue(contact.id, "support")
    return contact.id


async def _ended(centre: Centre, contact_id: str) -> Contact:
    return await centre.wait_state(contact_id, "ended", timeout=30)


async def test_an_agent_is_rung_once_for_nobody(installation: Installation) -> None:
    centre = await installation()
    ghost = await _ghost(centre, "1767225600.5")
    alice = await centre.agent("alice")
    incoming = await alice.phone.next_incoming()
    await incoming.answer()
    contact = await _ended(centre, ghost)
    assert contact.end_reason is EndReason.TELEPHONY_LOST
    await incoming.wait_state("disconnected", 20)
    agent = await centre.wait_agent("alice", AgentState.READY)
    assert agent.reason is None, "it was not their fault"
    # The next call is a real one.
    caller = await centre.call("4000")
    talk = await answer(centre, alice, caller)
    assert talk.contact_id != ghost
    rings = [one for one in contact.segments if one.kind is SegmentKind.RING]
    assert len(rings) == 1


async def test_two_looks_end_ghosts_and_nothing_else(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    waiting = await centre.call("4000", caller="13800000002")
    await waiting.wait_state("confirmed")

    async def queued() -> Contact | None:
        found = [c for c in await centre.contacts() if c.state is ContactState.QUEUED]
        return found[0] if found else None

    waits = await until(queued, 20, "a caller who waits")
    other_node = await _ghost(centre, "elsewhere")
    ghosts = [
        await _ghost(centre, "1767225600.5"),
        await _ghost(centre, ""),
        await _ghost(centre, waits.address),  # somebody else's channel
    ]
    calls_back = await _ghost(centre, "")
    await centre.server.router.agree_call_back(calls_back, "13800000003")
    carries = centre.server.router.carries
    centre.server.router.carries = (  # type: ignore[method-assign]
        lambda contact: contact.id != other_node and carries(contact)
    )
    await centre.server.ghosts.sweep()
    assert {c.id for c in await centre.contacts()} >= set(ghosts), "one look ends nothing"
    await centre.server.ghosts.sweep()
    for ghost in ghosts:
        assert (await _ended(centre, ghost)).end_reason is EndReason.TELEPHONY_LOST
    alive = {c.id for c in await centre.contacts()}
    assert {talk.contact_id, waits.id, other_node, calls_back} <= alive
    await talk.both_hear()
    for over in (other_node, calls_back):
        await centre.server.router.finish(over, EndReason.ERROR)


async def test_a_leg_whose_end_was_not_heard_is_ended(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    deaf = centre.server.events._hangup
    heard = asyncio.Event()

    def lose(event: object) -> None:
        heard.set()

    listeners = centre.server.ami._listeners._by_name
    listeners["Hangup"] = tuple(lose if one == deaf else one for one in listeners["Hangup"])
    await talk.caller.hangup()
    await asyncio.wait_for(heard.wait(), 10)
    for leg in centre.server.legs:
        leg.known_since -= 60
    await centre.server.ghosts.sweep()
    await centre.server.ghosts.sweep()
    listeners["Hangup"] = tuple(deaf if one is lose else one for one in listeners["Hangup"])
    await _ended(centre, talk.contact_id)
    await centre.wait_agent("alice", AgentState.READY, timeout=30)
