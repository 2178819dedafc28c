"""What one does with a contact, over HTTP, on the real router."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.driver import PartyMode
from app.http.desk import Target
from tests.support.wait import eventually
from tests.support.web import SAMPLE_NUMBER, WebHouse


async def post(
    client: aiohttp.ClientSession, path: str, body: Any = None, status: int = 204
) -> Any:
    async with client.post(path, json=body) as response:
        text = await response.text()
        assert response.status == status, text
        return None if response.status == 204 else await response.json()


async def test_a_call_from_log_in_to_disposition(web_house: WebHouse) -> None:
    house = web_house
    client = await house.signed_in("wang.fang")
    me = await post(client, "/api/agents/me/log-in", {"ready": True}, 200)
    assert me["state"] == "ready"
    contact_id = await house.customer("cards")
    await house.medium.rings("wang.fang")
    one = f"/api/contacts/{contact_id}"
    # Who is only rung may look, but not touch.
    async with client.get(one) as response:
        assert (await response.json())["customer_number"] == SAMPLE_NUMBER
    assert (await post(client, f"{one}/hang-up", status=403))["code"] == "not_your_contact"

    await house.medium.picks_up("wang.fang")
    await house.contact_is(contact_id, ContactState.CONNECTED)
    await post(client, f"{one}/hold")
    assert contact_id in house.medium.on_hold
    assert (await post(client, f"{one}/hold", status=409))["code"] == "illegal_transition"
    await post(client, f"{one}/resume")
    assert contact_id not in house.medium.on_hold
    await post(client, f"{one}/attributes", {"values": {"card": "gold", "tries": 2}})
    await post(client, f"{one}/disposition", {"code": "loan-application"}, 400)  # other queue's
    await post(client, f"{one}/hang-up")
    await house.contact_is(contact_id, ContactState.WRAP_UP)
    await post(client, f"{one}/disposition", {"code": "resolved", "note": "all well"})
    more = await post(client, "/api/agents/me/wrap-up/extend", {"seconds": 30}, 200)
    assert more["state"] == "wrap_up"
    done = await post(client, "/api/agents/me/wrap-up/done", status=200)
    assert done["state"] == "ready"

    supervisor = await house.signed_in("grace.hill")
    stored: dict[str, Any] = {}

    async def is_stored() -> bool:
        async with supervisor.get(f"/api/history/{contact_id}") as response:
            stored.update(await response.json())
            return response.status == 200 and stored["state"] == "ended"

    await eventually(is_stored, "the contact is in the history")
    assert stored["end_reason"] == "agent_hung_up"
    assert stored["attributes"] == {"card": "gold", "tries": 2}
    [given] = stored["dispositions"]
    assert (given["code"], given["note"], given["agent_id"]) == (
        "resolved", "all well", "wang.fang",
    )  # fmt: skip
    async with supervisor.get("/api/history?queue=cards&number=*8000") as response:
        page = await response.json()
    assert [row["id"] for row in page["contacts"]] == [contact_id]
    assert page["contacts"][0]["customer"] == "•••8000"
    assert SAMPLE_NUMBER not in str(page)


async def test_a_disposition_after_the_contact_was_stored(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    client = await house.signed_in("wang.fang")
    other = await house.signed_in("li.wei")
    body = {"code": "complaint", "note": "she called back"}
    late = f"/api/history/{contact_id}/disposition"
    await post(client, f"/api/contacts/{contact_id}/disposition", {"code": "resolved"})
    await house.medium.customer_hangs_up(contact_id)
    await house.router.wrap_up_done("wang.fang")

    async def stored() -> bool:
        async with client.get(f"/api/contacts/{contact_id}") as response:
            return response.status == 404

    await eventually(stored, "the contact is stored and gone from Redis")
    await post(other, late, body, 403)
    await post(client, late, {"code": "nonsense"}, 400)
    await post(client, late, body)
    supervisor = await house.signed_in("grace.hill")
    async with supervisor.get(f"/api/history/{contact_id}") as response:
        stored_contact = await response.json()
    assert stored_contact["disposition"] == "complaint"
    given = [(d["code"], d["note"], d["agent_id"]) for d in stored_contact["dispositions"]]
    assert given == [("resolved", "", "wang.fang"), ("complaint", "she called back", "wang.fang")]
    await post(supervisor, "/api/history/con_x/disposition", body, 404)


async def test_transfers(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    one = f"/api/contacts/{contact_id}/transfer"
    client = await house.signed_in("wang.fang")
    for wrong, code in [
        ({}, "invalid_fields"),
        ({"queue": "cards", "agent": "li.wei"}, "invalid_fields"),
        ({"number": "0' OR 1"}, "invalid_fields"),
        ({"number": "+"}, "invalid_fields"),
        ({"queue": "nowhere"}, "unknown_queue"),
        ({"agent": "grace.hill"}, "agent_not_found"),
        ({"agent": "li.wei"}, "agent_not_ready"),
    ]:
        async with client.post(one, json=wrong) as response:
            assert (await response.json())["code"] == code, wrong
    assert (await house.router.contacts.get(contact_id)).state is ContactState.CONNECTED
    await post(client, one, {"number": "+861065529988"})
    assert house.desk.asked.pop() == (
        "transfer_to_number",
        contact_id,
        "+861065529988",
        "wang.fang",
    )

    await house.router.log_in("li.wei", ready=True)
    await post(client, one, {"agent": "li.wei"})
    await house.medium.rings("li.wei")
    await house.medium.picks_up("li.wei")
    contact = await house.contact_is(contact_id, ContactState.CONNECTED)
    assert contact.agent_id == "li.wei"
    # It is not hers any more; but she wraps it up, so she may still say how it went.
    await post(client, f"/api/contacts/{contact_id}/hold", status=403)
    agent = await house.router.agents.get("wang.fang")
    assert agent.state is AgentState.WRAP_UP
    await post(client, f"/api/contacts/{contact_id}/disposition", {"code": "follow-up"})


async def test_consultation_recording_and_supervision_go_to_the_desk(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    one = f"/api/contacts/{contact_id}"
    agent, supervisor = await house.signed_in("wang.fang"), await house.signed_in("grace.hill")
    await post(agent, f"{one}/consult", {"agent": "li.wei"})
    await post(agent, f"{one}/consult/complete")
    await post(agent, f"{one}/consult", {"number": "10086"})
    await post(agent, f"{one}/consult/cancel")
    await post(agent, f"{one}/recording/pause")
    await post(agent, f"{one}/recording/resume")
    await post(agent, f"{one}/supervise", {"mode": "listen"}, 403)
    await post(supervisor, f"{one}/supervise", {"mode": "barge"})
    await post(supervisor, f"{one}/supervise", {"mode": "shout"}, 400)
    assert house.desk.asked == [
        ("consult", contact_id, Target(agent_id="li.wei"), "wang.fang"),
        ("consult_complete", contact_id),
        ("consult", contact_id, Target(number="10086"), "wang.fang"),
        ("consult_cancel", contact_id),
        ("pause_recording", contact_id),
        ("resume_recording", contact_id),
        ("supervise", contact_id, "grace.hill", PartyMode.BARGE),
    ]
    house.desk.down = True
    answer = await post(agent, f"{one}/consult", {"agent": "li.wei"}, 503)
    assert answer["retryable"] is True


async def test_a_supervisor_may_force_and_end(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    client = await house.signed_in("grace.hill")
    forced = await post(client, "/api/agents/wang.fang/not-ready", {"reason": "training"}, 200)
    assert forced["next_reason"] == "training"
    await post(client, f"/api/contacts/{contact_id}/hang-up")
    await house.contact_is(contact_id, ContactState.WRAP_UP)
    after = await post(client, "/api/agents/wang.fang/wrap-up/done", status=200)
    assert (after["state"], after["reason"]) == ("not_ready", "training")
    await post(client, "/api/agents/wang.fang/log-out", status=200)
    await post(client, "/api/agents/grace.hill/log-in", {}, 404)  # takes no contacts
    await post(client, "/api/agents/nobody/ready", status=404)


@pytest.mark.parametrize(
    ("contact_id", "code"),
    [
        ("nothing", "contact_not_found"),
        ("con_01JZZZZZZZZZZZZZZZZZZZZZZZ", "contact_not_found"),
        ("%00", "not_found"),  # what no id looks like does not reach the store
        ("a" * 500, "not_found"),
    ],
)
async def test_unknown_contacts(web_house: WebHouse, contact_id: str, code: str) -> None:
    for who in ("wang.fang", "grace.hill"):
        client = await web_house.signed_in(who)
        async with client.get(f"/api/contacts/{contact_id}") as response:
            assert response.status == 404
            assert (await response.json())["code"] == code


async def test_lists_are_masked(web_house: WebHouse) -> None:
    await web_house.connect("cards", "wang.fang")
    await web_house.customer("loans")
    client = await web_house.signed_in("wang.fang")
    for path in ("/api/contacts", "/api/wall", "/api/queues", "/api/agents"):
        async with client.get(path) as response:
            assert response.status == 200
            assert SAMPLE_NUMBER[1:] not in await response.text()
