"""Self-service by keys: language, two levels, mistakes, silence, haste, floods."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from acd.agent_states import AgentState
from acd.model import Contact, EndReason
from agent_softphone.phone_errors import PhoneRefused
from agent_softphone.remote_call import Call
from tests.support.installation import Centre, Installation
from tests.support.talk import answer
from tests.support.wait import until


def _at_node(centre: Centre, node: str) -> Any:
    return lambda: any(
        line["event"] == "ivr.node_entered" and line.get("node") == node
        for line in centre.log_lines
    )


async def _press(centre: Centre, call: Call, node: str, digits: str) -> None:
    """Press ``digits`` when the flow is at ``node``."""
    await until(_at_node(centre, node), 15, f"the node {node}")
    await call.dtmf(digits)


async def _queued(centre: Centre) -> Contact:
    event = await centre.wait_event("contact.queued")
    assert event.contact_id is not None
    return await centre.server.router.contacts.get(event.contact_id)


async def test_language_and_two_levels(installation: Installation) -> None:
    """The language chosen reaches the contact, and the agent who speaks it."""
    centre = await installation()
    alice = await centre.agent("alice")  # speaks no Chinese
    call = await centre.call("4001")
    await _press(centre, call, "language", "1")
    await _press(centre, call, "main", "1")
    await _press(centre, call, "loans", "1")
    contact = await _queued(centre)
    assert contact.language == "zh-CN"
    assert contact.queue == "loans"
    assert contact.skills == {"loans": 3, "language.zh-CN": 5}
    assert contact.attributes["request"] == "new-loan"
    assert contact.attributes["ivr_path"] == ["language", "main", "loans", "to-loans"]
    talk = await answer(centre, await centre.agent("carol"), call)
    assert not alice.phone.calls
    await call.hangup()
    await talk.over()
    await centre.wait_agent("carol", AgentState.WRAP_UP)
    await centre.server.router.wrap_up_done("carol")
    record = await centre.record(contact.id)
    assert record.contact.language == "zh-CN"


async def test_back_and_the_other_branch(installation: Installation) -> None:
    centre = await installation()
    call = await centre.call("4001")
    await _press(centre, call, "language", "2")
    await _press(centre, call, "main", "1")
    await _press(centre, call, "loans", "9")
    await until(lambda: _count(centre, "main") == 2, 15, "the main menu again")
    await call.dtmf("2")
    contact = await _queued(centre)
    assert (contact.queue, contact.language) == ("support", "en")
    await call.hangup()


def _count(centre: Centre, node: str) -> int:
    return sum(
        line["event"] == "ivr.node_entered" and line["node"] == node for line in centre.log_lines
    )


async def test_a_wrong_key_then_the_right_one(installation: Installation) -> None:
    centre = await installation()
    call = await centre.call("4001")
    await _press(centre, call, "language", "7")
    await until(lambda: _said(centre, "ivr.input_invalid"), 15, "the mistake")
    await call.dtmf("2")
    await _press(centre, call, "main", "2")
    assert (await _queued(centre)).queue == "support"
    await call.hangup()


def _said(centre: Centre, event: str) -> bool:
    return any(line["event"] == event for line in centre.log_lines)


@pytest.mark.parametrize("digits", ["", "7*"], ids=["nothing", "wrong"])
async def test_patience_ends(installation: Installation, digits: str) -> None:
    centre = await installation()
    call = await centre.call("4001")
    if digits:
        await _press(centre, call, "language", digits)
    await call.wait_state("disconnected", timeout=20)
    assert call.ended_by == "remote"
    record = await _ended(centre)
    assert record.contact.end_reason == EndReason.NO_INPUT
    assert record.contact.attributes["ivr_path"] == ["language", "goodbye"]


async def _ended(centre: Centre) -> Any:
    event = await centre.wait_event("contact.ended", timeout=20)
    assert event.contact_id is not None
    return await centre.record(event.contact_id)


async def test_keys_dialled_ahead(installation: Installation) -> None:
    """Who knows the way need not listen."""
    centre = await installation()
    call = await centre.call("4001")
    await _press(centre, call, "language", "211")
    contact = await _queued(centre)
    assert (contact.queue, contact.language) == ("loans", "en")
    await call.hangup()


async def test_keys_by_sip_info(installation: Installation) -> None:
    centre = await installation({"trunks.demo-carrier.dtmf": "info"})
    call = await centre.call("4001")
    await until(_at_node(centre, "language"), 15, "the menu")
    await call.dtmf("2", method="info")
    await until(_at_node(centre, "main"), 15, "the second menu")
    await call.dtmf("2", method="info")
    assert (await _queued(centre)).queue == "support"
    await call.hangup()


async def test_a_flood_of_keys(installation: Installation) -> None:
    """Round and round in the menu, until the flow's own limit ends it."""
    centre = await installation()
    call = await centre.call("4001")
    other = await centre.call("4000")  # a caller beside it notices nothing
    await _press(centre, call, "language", "2")
    await until(_at_node(centre, "main"), 15, "the menu")

    async def flood() -> None:
        while call.state != "disconnected":
            try:
                await call.dtmf("5" * 24, duration=20)
            except PhoneRefused:
                await asyncio.sleep(0.05)  # its buffer is full

    flooding = asyncio.ensure_future(flood())
    await call.wait_state("disconnected", timeout=40)
    await flooding
    record = await _ended(centre)
    assert record.contact.end_reason == EndReason.ERROR
    assert len(record.contact.attributes["ivr_path"]) == 50
    await other.hangup()


async def test_who_leaves_has_left_a_trace(installation: Installation) -> None:
    centre = await installation()
    call = await centre.call("4001")
    await _press(centre, call, "language", "1")
    await until(_at_node(centre, "main"), 15, "the menu")
    await call.hangup()
    record = await _ended(centre)
    assert record.contact.end_reason == EndReason.ABANDONED_IN_IVR
    assert record.contact.attributes["ivr_path"] == ["language", "main"]
    assert record.contact.language == "zh-CN"


async def test_who_leaves_during_the_goodbye_did_not_abandon(installation: Installation) -> None:
    centre = await installation()
    call = await centre.call("4001")
    await _press(centre, call, "language", "2")
    await _press(centre, call, "main", "9")
    await until(_at_node(centre, "goodbye"), 15, "the goodbye")
    with_luck_in_time = asyncio.ensure_future(call.hangup())
    await call.wait_state("disconnected")
    await asyncio.gather(with_luck_in_time, return_exceptions=True)
    record = await _ended(centre)
    assert record.contact.end_reason == EndReason.NO_INPUT
