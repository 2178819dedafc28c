"""Asterisk is killed under live calls; the app goes on without a restart."""

from __future__ import annotations

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason
from tests.support.app_process import Killable
from tests.support.wait import until


async def test_contacts_close_agents_are_freed_and_calls_work_again(killable: Killable) -> None:
    centre = await killable()
    centre.expected_errors |= {"ami.unavailable", "recording.failed"}
    agent = await centre.agent("alice")
    _, _, talking = await centre.talk(agent)
    await centre.call("4000")
    waiting = (await centre.wait_contact(ContactState.QUEUED)).id
    await centre.asterisk.instance.kill()
    for phone in centre.callers:
        await phone.kill()  # their calls hang in the air: nobody tells them
    centre.callers.clear()
    await agent.phone.kill()
    await centre.asterisk.instance.start()
    for contact_id in (talking, waiting):
        record = await centre.record(contact_id)
        assert record.contact.end_reason == EndReason.TELEPHONY_LOST
        assert all(segment.ended_at is not None for segment in record.segments)
    await centre.wait_agent("alice", AgentState.READY)
    agent = await centre.agent("alice")
    call, incoming, _ = await centre.talk(agent)
    await call.hangup()
    await incoming.wait_state("disconnected")
    await centre.wait_agent("alice", AgentState.READY)


async def test_while_asterisk_is_away_health_says_so(killable: Killable) -> None:
    centre = await killable()
    centre.expected_errors |= {"ami.unavailable", "recording.failed"}
    await centre.asterisk.instance.kill()

    async def failing() -> str | None:
        part = (await centre.api("GET", "/health"))["parts"]["asterisk"]
        return None if part["ok"] else str(part["code"])

    assert await until(failing, 10, "a failing health") in ("ami_down", "asterisk_unavailable")
    await centre.asterisk.instance.start()

    async def well() -> bool:
        return bool((await centre.api("GET", "/health"))["status"] == "ok")

    await until(well, 20, "health again")
