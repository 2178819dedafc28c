"""Marks, verdicts and what the site learns; transcripts read and searched."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.hearing.tables import EmotionMark
from app.hearing.transcripts import AFTER_CALL, Line, TranscriptStore
from tests.app.http.speech import REASONS, TEXT, Speech
from tests.support.wait import eventually
from tests.support.web import WebHouse

BEGUN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


async def stored(house: WebHouse, contact_id: str) -> None:
    """Wait until the contact has its row, as lines and marks need one."""
    assert await house.writer.drain(10)


def line(contact_id: str, number: int, leg: str, text: str, **more: Any) -> Line:
    at = BEGUN + timedelta(seconds=5 * number)
    agent = "wang.fang" if leg == "agent" else None
    values: dict[str, Any] = {
        "contact_id": contact_id, "leg": leg, "leg_id": f"leg_{leg}", "utterance": number,
        "started_at": at, "ended_at": at + timedelta(seconds=3), "text": text, "n": number,
        "agent_id": agent, "language": "zh", "words": [[text, 0.0, 3.0, 0.9]],
        "confidence": 0.9, "engine": "whisper-base",
    }  # fmt: skip
    return Line(**(values | more))


async def mark(house: WebHouse, contact_id: str, n: int, kind: str = "crossed") -> None:
    reasons = {"reasons": REASONS, "words": ["投诉"], "text": TEXT}
    values = {
        "contact_id": contact_id, "n": n, "leg": "customer", "at": BEGUN, "kind": kind,
        "score": 0.83, "reasons": reasons,
    }  # fmt: skip
    await TranscriptStore(house.engine).write([(EmotionMark, values)])


async def test_a_verdict_is_kept_audited_and_learnt_from(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    await stored(house, contact_id)
    speech = Speech(house.live_log, contact_id)
    await speech.begins()
    await speech.feels(0.4)
    n = await speech.feels(0.83, "emotion.crossed")
    await mark(house, contact_id, n)
    supervisor = await house.signed_in("grace.hill")
    path = f"/api/contacts/{contact_id}/emotion"

    async def site() -> Any:
        async with supervisor.get("/api/emotion/site") as response:
            assert response.status == 200
            return await response.json()

    before = await site()
    for verdict, status in (("wrong", 204), ("wrong", 204), ("perhaps", 400)):
        async with supervisor.post(f"{path}/{n}/verdict", json={"verdict": verdict}) as response:
            assert response.status == status
    learnt = await site()
    assert (learnt["wrong"], learnt["right"]) == (1, 0)  # said twice, counted once
    assert learnt["threshold"] > before["threshold"]
    async with supervisor.post(f"{path}/missed") as response:
        assert response.status == 204
    assert (await site())["missed"] == 1
    async with supervisor.get(f"{path}?readings=true") as response:
        shown = await response.json()
    assert shown["marks"] == [
        {
            "mark": n, "at": BEGUN.timestamp(), "kind": "crossed", "score": 0.83,
            "reasons": REASONS, "words": ["投诉"], "text": TEXT, "verdict": "wrong",
            "verdict_by": "grace.hill",
        }
    ]  # fmt: skip
    assert shown["readings"] == [[1.2, 0.4]]
    for other in ("999", "x", "1"):
        async with supervisor.post(f"{path}/{other}/verdict", json={"verdict": "right"}) as no:
            assert (no.status, (await no.json())["code"]) == (404, "mark_not_found")
    # The agent may see it, and not judge it.
    agent = await house.signed_in("wang.fang")
    async with agent.get(path) as response:
        assert (await response.json())["readings"] is None
    async with agent.post(f"{path}/{n}/verdict", json={"verdict": "right"}) as response:
        assert response.status == 403

    async def noted() -> bool:
        async with supervisor.get(f"/api/audit?target={contact_id}") as response:
            entries = (await response.json())["entries"]
        actions = [entry["action"] for entry in entries if entry["outcome"] == "done"]
        return sorted(actions) == [
            "contact.emotion.missed", "contact.emotion.verdict", "contact.emotion.verdict",
        ]  # fmt: skip

    await eventually(noted, "the audit has them")


async def test_a_verdict_waits_for_an_alert_that_is_being_stored(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    await stored(house, contact_id)
    n = await Speech(house.live_log, contact_id).feels(0.83, "emotion.crossed")
    supervisor = await house.signed_in("grace.hill")
    path = f"/api/contacts/{contact_id}/emotion/{n}/verdict"

    async def judge() -> int:
        async with supervisor.post(path, json={"verdict": "right"}) as response:
            return response.status

    judging = asyncio.create_task(judge())
    await asyncio.sleep(0)
    await mark(house, contact_id, n)
    assert await judging == 204


async def test_who_decides_that_agents_voices_may_be_judged(web_house: WebHouse) -> None:
    house = web_house
    supervisor = await house.signed_in("grace.hill")
    path = "/api/emotion/agent-leg"
    async with supervisor.get(path) as response:
        assert await response.json() == {
            "allowed": False, "audit_id": None, "decided_by": None, "at": None, "reason": None,
        }  # fmt: skip
    async with supervisor.put(path, json={"allowed": True, "reason": "yes"}) as response:
        assert response.status == 400
    body = {"allowed": True, "reason": "Lawful here; the works council agreed on 3 March."}
    async with supervisor.put(path, json=body) as response:
        assert response.status == 200
        made = await response.json()
    assert made["decided_by"] == "grace.hill"
    assert house.hearing.agent_leg.allowed_by == made["audit_id"]

    async def noted() -> bool:
        async with supervisor.get("/api/audit?action=emotion.agent_leg&outcome=done") as response:
            entries = (await response.json())["entries"]
        return [entry["id"] for entry in entries] == [made["audit_id"]]

    await eventually(noted, "the audit has the decision, under that id")
    async with (await house.signed_in("wang.fang")).get(path) as response:
        assert response.status == 403


async def test_a_transcript_is_read_by_those_who_may(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    await stored(house, contact_id)
    store = TranscriptStore(house.engine)
    await store.add(
        line(contact_id, 1, "agent", "您好，玉河银行。"),
        line(contact_id, 2, "customer", "我要投诉，卡号 •••• ••••"),
    )
    path = f"/api/contacts/{contact_id}/transcript"
    agent = await house.signed_in("wang.fang")
    async with agent.get(path) as response:
        assert response.status == 200
        shown = await response.json()
    assert [one["text"] for one in shown["lines"]] == [
        "您好，玉河银行。",
        "我要投诉，卡号 •••• ••••",
    ]
    assert [one["seconds"] for one in shown["lines"]] == [0.0, 5.0]
    assert shown["lines"][0]["agent_id"] == "wang.fang"
    async with (await house.signed_in("li.wei")).get(path) as response:
        assert response.status == 403
    # After the call the better recognition takes its place.
    await store.add(line(contact_id, 2, "customer", "我要投诉。", source=AFTER_CALL))
    await store.supersede(contact_id, "customer", since=BEGUN, until=BEGUN + timedelta(minutes=1))
    await house.medium.customer_hangs_up(contact_id)
    await house.router.wrap_up_done("wang.fang")
    await stored(house, contact_id)
    supervisor = await house.signed_in("grace.hill")
    async with supervisor.get(path) as response:
        lines = (await response.json())["lines"]
    assert [(one["text"], one["source"]) for one in lines] == [
        ("您好，玉河银行。", "live"), ("我要投诉。", "after_call"),
    ]  # fmt: skip
    async with agent.get(path) as response:  # who served it
        assert response.status == 200
    async with supervisor.get("/api/contacts/con_X/transcript") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("question", "found", "marks"),
    [
        ("投诉", ["我要投诉，这是第三次了"], [[2, 4]]),
        ("投訴", ["我要投诉，这是第三次了"], [[2, 4]]),
        ("Card Limit", ["Raise my card  limit, please"], [[9, 20]]),
        ("limit card", [], None),
        ("•••", None, None),
    ],
)
async def test_search_in_both_languages(
    web_house: WebHouse, question: str, found: list[str] | None, marks: list[list[int]] | None
) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    await stored(house, contact_id)
    await TranscriptStore(house.engine).add(
        line(contact_id, 1, "customer", "我要投诉，这是第三次了"),
        line(contact_id, 2, "agent", "Raise my card  limit, please"),
    )
    supervisor = await house.signed_in("grace.hill")
    async with supervisor.get("/api/transcripts", params={"q": question}) as response:
        if found is None:
            assert (response.status, (await response.json())["code"]) == (400, "bad_input")
            return
        page = await response.json()
    assert [one["text"] for one in page["found"]] == found
    assert page["more"] is False
    for one in page["found"]:
        assert (one["contact_id"], one["customer"], one["queue"]) == (
            contact_id, "•••8000", "cards",
        )  # fmt: skip
        assert one["marks"] == marks
    params = {"q": question, "after": "2026-03-05T00:00:00Z"}
    async with supervisor.get("/api/transcripts", params=params) as response:
        assert (await response.json())["found"] == []
    agent = await house.signed_in("wang.fang")
    async with agent.get("/api/transcripts", params={"q": question}) as response:
        assert response.status == 403
