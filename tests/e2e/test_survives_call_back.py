"""The app is killed while a customer is called back, or leaves a message."""

from __future__ import annotations

import asyncio

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import Contact, EndReason, Medium
from agent_softphone.remote_call import Call
from tests.support.app_process import Killable, KillableCentre
from tests.support.carrier import Carrier
from tests.support.installation import AgentDesk
from tests.support.wait import until


async def _ringing(centre: KillableCentre, carrier: Carrier) -> tuple[str, AgentDesk, Call, Call]:
    """A customer agreed to be called back; the agent has answered, the customer's phone
    rings: the contact, the agent, their call, the customer's."""
    call = await centre.call("4003")
    await centre.wait_contact(ContactState.IVR)
    await call.wait_media()
    await call.hear_sound(15)  # the question
    await call.dtmf("1")

    async def agreed() -> Contact | None:
        live = await centre.live()
        return live[0] if live and live[0].call_back is not None else None

    contact = await until(agreed, 20, "an agreed call-back")
    await call.hangup()

    async def hung_up() -> bool:
        return not (await centre.live())[0].address

    await until(hung_up, 15, "the hang-up")
    agent = await centre.agent("alice")
    incoming = await agent.phone.next_incoming()
    await incoming.answer()
    return contact.id, agent, incoming, await carrier.phone.next_incoming()


async def _talk(centre: KillableCentre, contact_id: str, customer: Call, agent: Call) -> None:
    await asyncio.gather(customer.tone(440), agent.tone(880))
    await asyncio.gather(customer.hear_tone(880, 15), agent.hear_tone(440, 15))
    assert (await centre.wait_contact(ContactState.CONNECTED)).id == contact_id
    await customer.hangup()
    await agent.wait_state("disconnected")
    record = await centre.record(contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    await centre.wait_agent("alice", AgentState.READY)


async def test_the_customer_answers_while_nobody_is_there(
    killable: Killable, carrier: Carrier
) -> None:
    centre = await killable(carrier.overrides)
    await carrier.start()
    contact_id, _, incoming, ringing = await _ringing(centre, carrier)
    await centre.kill_app()
    await ringing.answer()
    await centre.start_app()
    await _talk(centre, contact_id, ringing, incoming)


async def test_it_still_rings_after_the_restart(killable: Killable, carrier: Carrier) -> None:
    centre = await killable(carrier.overrides)
    await carrier.start()
    contact_id, _, incoming, ringing = await _ringing(centre, carrier)
    await centre.kill_app()
    await centre.start_app()
    assert len(carrier.phone.calls) == 1  # not called a second time beside the first
    await ringing.answer()
    await _talk(centre, contact_id, ringing, incoming)


async def test_the_customer_rejects_while_nobody_is_there(
    killable: Killable, carrier: Carrier
) -> None:
    centre = await killable(carrier.overrides)
    await carrier.start()
    contact_id, _, incoming, ringing = await _ringing(centre, carrier)
    await centre.kill_app()
    await ringing.reject(486)
    await centre.start_app()
    again = await carrier.phone.next_incoming()
    await again.answer()
    await _talk(centre, contact_id, again, incoming)


async def test_the_agent_leaves_while_nobody_is_there(killable: Killable, carrier: Carrier) -> None:
    centre = await killable(carrier.overrides)
    await carrier.start()
    contact_id, _, incoming, ringing = await _ringing(centre, carrier)
    await centre.kill_app()
    await incoming.hangup()
    await centre.start_app()
    await ringing.wait_state("disconnected", 15)
    assert (await centre.wait_contact(ContactState.QUEUED)).id == contact_id
    await centre.wait_agent("alice", AgentState.NOT_READY)
    await centre.api("POST", f"/api/contacts/{contact_id}/hang-up")
    await centre.record(contact_id)


async def test_a_message_is_not_lost(killable: Killable) -> None:
    centre = await killable()
    call = await centre.call("4004")
    await call.tone(440)
    settings = centre.asterisk.settings
    state = settings.media.recording_folder(settings.server.state_dir) / "raw"
    await until(lambda: any(p.stat().st_size > 32000 for p in state.glob("con_*.sln")), 20, "sound")
    await centre.kill_app()
    await call.hangup()
    await centre.start_app()

    async def handed_on() -> Contact | None:
        tasks = [c for c in await centre.live() if c.medium is Medium.TASK]
        return tasks[0] if tasks and tasks[0].queue else None

    task = await until(handed_on, 20, "the task")
    assert task.attributes["seconds"] > 1.5
    record = await centre.record(task.attributes["message_of"])
    assert record.contact.end_reason == EndReason.LEFT_MESSAGE
    await centre.api("POST", f"/api/contacts/{task.id}/hang-up")
    await centre.record(task.id)
