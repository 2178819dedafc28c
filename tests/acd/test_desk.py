"""What agents say, and what comes of it in each state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.errors import AgentNotFound
from acd.model import SegmentKind
from core.errors import BadInput
from core.state_table import IllegalTransition
from tests.support.routing import AGENTS, QUEUES, House


async def test_log_in_ready_break_log_out(house: House) -> None:
    await house.router.log_in("anna")
    agent = await house.agent("anna")
    assert (agent.state, agent.reason) == (AgentState.NOT_READY, "logged_in")
    assert agent.skills == {"sales": 3, "support": 3}
    await house.router.set_ready("anna")
    await house.router.set_ready("anna")
    await house.router.set_not_ready("anna", "lunch")
    agent = await house.agent("anna")
    assert (agent.state, agent.reason) == (AgentState.NOT_READY, "lunch")
    await house.router.set_not_ready("anna", "training")
    assert (await house.agent("anna")).reason == "training"
    await house.router.log_in("anna", ready=True)  # is logged in: stays as they are
    assert (await house.agent("anna")).reason == "training"
    await house.router.log_out("anna")
    await house.router.log_out("anna")
    assert (await house.agent("anna")).state is AgentState.LOGGED_OUT
    assert [e.type for e in house.events] == [
        "agent.logged_in", "agent.ready", "agent.not_ready", "agent.not_ready", "agent.logged_out",
    ]  # fmt: skip


async def test_who_is_not_configured_or_not_logged_in(house: House) -> None:
    with pytest.raises(AgentNotFound):
        await house.router.log_in("nobody")
    with pytest.raises(AgentNotFound):
        await house.router.set_ready("nobody")
    with pytest.raises(IllegalTransition, match="logged_out"):
        await house.router.set_ready("anna")
    await house.router.log_in("anna")
    with pytest.raises(BadInput):
        await house.router.set_not_ready("anna", "")
    with pytest.raises(IllegalTransition):
        await house.router.wrap_up_done("anna")
    with pytest.raises(IllegalTransition):
        await house.router.extend_wrap_up("anna", 10)


@pytest.mark.parametrize(
    ("wish", "then"),
    [
        ("lunch", AgentState.NOT_READY),
        ("log_out", AgentState.LOGGED_OUT),
        ("changed_mind", AgentState.READY),
    ],
)
async def test_a_wish_while_busy_comes_true_after_wrap_up(
    house: House, wish: str, then: AgentState
) -> None:
    contact_id = await house.connect("sales", "anna")
    if wish == "log_out":
        await house.router.log_out("anna")
    else:
        await house.router.set_not_ready("anna", "lunch")
    if wish == "changed_mind":
        await house.router.set_ready("anna")
    assert (await house.agent("anna")).state is AgentState.BUSY
    await house.medium.customer_hangs_up(contact_id)
    assert (await house.agent("anna")).state is AgentState.WRAP_UP
    await house.timers.advance(30)
    agent = await house.agent("anna")
    assert (agent.state, agent.next_reason, agent.contact_id) == (then, None, None)
    assert agent.reason == ("lunch" if then is AgentState.NOT_READY else None)


async def test_wrap_up_lasts_as_the_queue_says_and_can_be_extended(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await house.medium.customer_hangs_up(contact_id)
    await house.timers.advance(29)
    await house.router.extend_wrap_up("anna", 60)
    await house.timers.advance(60)
    assert (await house.agent("anna")).state is AgentState.WRAP_UP
    await house.timers.advance(1)
    assert (await house.agent("anna")).state is AgentState.READY
    with pytest.raises(BadInput):
        await house.router.extend_wrap_up("anna", -1)


@pytest.mark.parametrize("verb", ["done", "ready", "lunch", "log_out"])
async def test_wrap_up_ended_by_the_agent(house: House, verb: str) -> None:
    contact_id = await house.connect("sales", "anna")
    await house.medium.customer_hangs_up(contact_id)
    house.clock.advance(12)
    router = house.router
    if verb == "done":
        await router.wrap_up_done("anna")
        await router.wrap_up_done("anna")  # the timer and 'done' at once: no error
    elif verb == "ready":
        await router.set_ready("anna")
    elif verb == "lunch":
        await router.set_not_ready("anna", "lunch")
    else:
        await router.log_out("anna")
    states = {"lunch": AgentState.NOT_READY, "log_out": AgentState.LOGGED_OUT}
    assert (await house.agent("anna")).state is states.get(verb, AgentState.READY)
    contact = await house.contact(contact_id)
    assert contact.state is ContactState.ENDED
    last = contact.segments[-1]
    assert last.kind is SegmentKind.WRAP_UP
    assert last.ended_at is not None
    assert (last.ended_at - last.started_at).total_seconds() == 12
    assert "wrap_up:anna" not in house.timers.names


async def test_no_wrap_up_where_the_queue_has_none(house: House) -> None:
    contact_id = await house.connect("support", "anna")
    waiting = await house.customer("support")
    await house.medium.customer_hangs_up(contact_id)
    assert (await house.contact(contact_id)).state is ContactState.ENDED
    assert (await house.medium.rings("anna")).contact_id == waiting


async def test_an_offer_taken_back_does_not_cost_the_place_among_the_idle(house: House) -> None:
    await house.ready("anna", "bo")
    first = await house.customer("sales")
    await house.medium.rings("anna")
    house.clock.advance(30 - 11)
    await house.medium.customer_hangs_up(first)
    await house.medium.until(lambda: not house.medium.ringing)
    await house.customer("sales")
    await house.medium.rings("anna")


async def test_what_is_configured_anew_is_told(house: House) -> None:
    """Who logs in, or is found at work after a restart, has the skills of now; whoever
    follows the events knows that there is something to read again."""
    await house.ready("anna")
    contact_id = await house.customer("tiny", skills={"sales": 1})
    agents = [replace(one, skills={"sales": 9}) if one.id == "anna" else one for one in AGENTS]
    queues = [replace(one, ageing=5) if one.name == "tiny" else one for one in QUEUES]
    house.directory = StaticDirectory(queues, agents)
    house.events.clear()
    await house.new_router().recover()
    await house.quiet()
    assert _told(house) == [
        ("contact.asks_anew", None, contact_id), ("agent.adopted", "anna", None),
    ]  # fmt: skip
    agents = [replace(one, skills={"sales": 2}) if one.id == "anna" else one for one in AGENTS]
    house.directory = StaticDirectory(queues, agents)
    at_another_process = house.new_router("elsewhere")
    await at_another_process.log_in("anna")
    assert _told(house) == [("agent.adopted", "anna", None)]
    anna = await house.agent("anna")
    assert (anna.skills, anna.state) == ({"sales": 2}, AgentState.READY)
    await at_another_process.log_in("anna")
    assert _told(house) == []  # nothing is new
    house.routers.remove(at_another_process)
    await at_another_process.close()
    house.router = house.routers[-1]
    await house.medium.customer_hangs_up(contact_id)


def _told(house: House) -> list[tuple[str, str | None, str | None]]:
    """Events since the last call, each once: several routers share the bus."""
    told = {e.id: (e.type, e.agent_id, e.contact_id) for e in house.events}
    house.events.clear()
    return list(told.values())
