"""What agents dial at a phone that is not ours: do not disturb, ready and break, forwards,
and logging in at a shared phone. The API sees, and changes, the same state."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState, Presence
from acd.desk import ForwardKind
from app.audit.entry import Entry
from tests.support.baresip import Baresip, BaresipFactory
from tests.support.carrier import Carrier
from tests.support.installation import Centre, Installation
from tests.support.wait import until

ALICE, BOB, CAROL = "6001", "6002", "6003"
DESK_1, DESK_2 = "7001", "7002"


async def _dial(phone: Baresip, code: str) -> None:
    """Dial a code, and hear it out."""
    closed = phone.count("CALL_CLOSED")
    await phone.call(code)
    await phone.wait_closed(closed + 1)


async def _audited(centre: Centre, action: str) -> list[Entry]:
    trail = centre.server.web.trail
    return [e async for page in trail.entries(100) for _, text in page
            if (e := Entry.loads(text)).action == action]  # fmt: skip


async def test_states_by_code(installation: Installation, baresip: BaresipFactory) -> None:
    centre = await installation()
    alice = await baresip(centre.asterisk, ALICE, hz=440)
    bob = await baresip(centre.asterisk, BOB, hz=880)
    await _dial(alice, "*70")
    assert (await centre.agent_state("alice")).state is AgentState.READY
    await _dial(alice, "*71")
    state = await centre.agent_state("alice")
    assert (state.presence, state.reason) == (Presence.NOT_READY, "break")
    await _dial(alice, "*78")
    assert (await centre.agent_state("alice")).reason == "do_not_disturb"
    await bob.dial(ALICE)
    await bob.wait_closed()
    assert not alice.ringing
    assert "486 Busy" in bob.log
    await _dial(alice, "*79")
    assert (await centre.agent_state("alice")).state is AgentState.READY
    told = [e for e in centre.events if e.type == "agent.not_ready" and e.agent_id == "alice"]
    assert "do_not_disturb" in [e.data["reason"] for e in told]
    await bob.dial(ALICE)
    await alice.answer()
    await alice.hears(880)
    await bob.hang_up()


async def test_forwards(installation: Installation, baresip: BaresipFactory) -> None:
    centre = await installation()
    alice = await baresip(centre.asterisk, ALICE)
    bob = await baresip(centre.asterisk, BOB, hz=440)
    carol = await baresip(centre.asterisk, CAROL, hz=880)
    await _dial(alice, f"*72{CAROL}")
    assert (await centre.agent_state("alice")).forwards == {"all": CAROL}
    await bob.dial(ALICE)
    await carol.answer()
    await carol.hears(440)
    await bob.hears(880)
    await bob.hang_up()
    await carol.wait_closed()
    assert not alice.ringing
    await _dial(alice, "*73")
    assert (await centre.agent_state("alice")).forwards == {}


async def test_forward_when_busy_and_circles(
    installation: Installation, baresip: BaresipFactory
) -> None:
    centre = await installation()
    bob, carol = await baresip(centre.asterisk, BOB), await baresip(centre.asterisk, CAROL)
    await centre.server.router.log_in("alice")
    await centre.server.router.set_forward("alice", ForwardKind.BUSY, CAROL)
    await centre.server.router.set_not_ready("alice", "do_not_disturb")
    await bob.dial(ALICE)  # do not disturb is busy
    await carol.answer()
    await carol.hang_up()
    await bob.wait_closed()
    await centre.server.router.set_forward("carol", ForwardKind.ALL, ALICE)
    await centre.server.router.set_forward("alice", ForwardKind.ALL, CAROL)
    await bob.dial(ALICE)  # a circle ends
    await bob.wait_closed(2)
    assert not carol.ringing


async def test_a_forward_to_a_number_outside(
    installation: Installation, baresip: BaresipFactory, carrier: Carrier
) -> None:
    """It goes out as the agent who forwards may dial, and not otherwise."""
    centre = await installation(carrier.overrides)
    await carrier.start()
    bob = await baresip(centre.asterisk, BOB)
    await centre.server.router.set_forward("alice", ForwardKind.NO_ANSWER, "95550100")
    await bob.dial(ALICE)  # no phone of hers is there
    call = await carrier.phone.next_incoming()
    assert call.to_user == "5550100"
    await call.answer()
    await bob.wait("CALL_ESTABLISHED")
    await bob.hang_up()
    await bob.wait_closed()


@pytest.mark.parametrize("number", ["0015550100", "4711"])
async def test_no_forward_where_nobody_may_dial(
    installation: Installation, baresip: BaresipFactory, number: str
) -> None:
    centre = await installation()
    alice = await baresip(centre.asterisk, ALICE)
    await _dial(alice, f"*72{number}")
    assert [a.forwards for a in await centre.server.router.store.agents() if a.id == "alice"] in (
        [], [{}],
    )  # fmt: skip


@pytest.mark.parametrize("code", [f"*8{ALICE}", "*95"])
async def test_pick_up(installation: Installation, baresip: BaresipFactory, code: str) -> None:
    centre = await installation({"queues.support.ring_seconds": "60"})
    alice = await baresip(centre.asterisk, ALICE)
    bob = await baresip(centre.asterisk, BOB, hz=880)
    await centre.server.router.log_in("alice", ready=True)
    caller = await centre.call("4000")
    await until(lambda: alice.ringing, 20, "a call for alice")
    await centre.server.router.log_in("bob", ready=True)
    await bob.dial(code)
    await until(lambda: "CALL_INCOMING" in [e["type"] for e in bob.events], 20, "a call for bob")
    await alice.wait_closed()
    await bob.answer()
    await caller.hear_tone(880)
    assert (await centre.the_contact()).agent_id == "bob"
    assert (await centre.agent_state("alice")).state is AgentState.READY  # no blame
    await caller.hangup()
    await bob.wait_closed(2)


async def test_hot_desking(installation: Installation, baresip: BaresipFactory) -> None:
    phones = {"shared_phones.desk-1.extension": DESK_1, "shared_phones.desk-2.extension": DESK_2}
    centre = await installation(phones)
    centre.asterisk.secrets.put(f"pin-{ALICE}", "123987")
    centre.asterisk.secrets.put(f"pin-{BOB}", "456321")
    first = await baresip(centre.asterisk, DESK_1, hz=880)
    second = await baresip(centre.asterisk, DESK_2, hz=660)
    await _log_in(first, ALICE, "000000")
    assert not await _where(centre, "alice")
    await _log_in(first, ALICE, "123987")
    assert await _where(centre, "alice") == DESK_1
    await _dial(first, "*70")
    caller = await centre.call("4000")
    await first.answer()
    await caller.tone(440)
    await first.hears(440)
    await _log_in(second, ALICE, "123987")  # moves; the call in progress stays
    assert await _where(centre, "alice") == DESK_2
    await caller.hear_tone(880)
    await caller.hangup()
    await first.wait_closed(4)
    again = await centre.call("4000")
    await second.answer()
    assert not first.ringing
    await again.hangup()
    await second.wait_closed(2)
    await _log_in(second, BOB, "456321")  # whoever was there is logged out
    assert await _where(centre, "bob") == DESK_2
    alice = await centre.agent_state("alice")
    assert (alice.presence, alice.place) == (Presence.LOGGED_OUT, None)
    await _dial(second, "*21")
    assert (await centre.agent_state("bob")).presence is Presence.LOGGED_OUT
    assert centre.server.places.agent_at(DESK_2) is None


async def _log_in(phone: Baresip, number: str, pin: str) -> None:
    closed = phone.count("CALL_CLOSED")
    await phone.call("*20")
    await phone.keys(f"{number}#{pin}#")
    await phone.wait_closed(closed + 1)


async def _where(centre: Centre, agent_id: str) -> str | None:
    found = [a for a in await centre.server.router.store.agents() if a.id == agent_id]
    return found[0].place if found else None
