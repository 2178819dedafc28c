"""``parley transcripts`` in a process of its own."""

from __future__ import annotations

import json

from app.hearing.marks import Marks
from app.hearing.tables import HeardFact
from app.hearing.transcripts import TranscriptStore
from core.clock import SystemClock
from tests.app.http.test_cli import parley
from tests.app.http.test_emotion import BEGUN, line, mark, stored
from tests.support.web import WebHouse


async def test_found_by_words_and_shown_whole(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    silent = await house.connect("loans", "li.wei")
    await stored(house, contact_id)
    store = TranscriptStore(house.engine)
    await store.add(
        line(contact_id, 1, "agent", "您好，玉河银行。"),
        line(contact_id, 2, "customer", "我要投诉，卡号 •••• •••• •••• ••••\x1b[2J"),
        line(contact_id, 3, "agent", "I am sorry to hear that"),
    )
    await mark(house, contact_id, 7)
    await Marks(house.engine).judge(
        contact_id, 7, right=True, by="grace.hill", at=SystemClock().now()
    )
    fact = {
        "contact_id": contact_id, "n": 5, "leg": "customer", "at": BEGUN, "kind": "card",
        "value": "••••1111", "valid": True, "confidence": 0.98, "data": {},
    }  # fmt: skip
    await store.write([(HeardFact, fact)])

    async def done(*words: str) -> str:
        status, out, err = await parley(house.state_dir, "transcripts", *words)
        assert (status, err) == (0, ""), (words, err)
        return out

    out = await done("search", "投诉", "--language", "en")
    assert contact_id in out
    assert "customer  我要投诉" in out
    assert "\x1b[2J" not in out
    assert "I am sorry to hear that" in await done("search", "sorry", "to", "--leg", "agent")
    assert await done("search", "sorry", "--leg", "customer", "--language", "zh-CN") == "未找到。\n"
    assert await done("search", "sorry", "--since", "1h", "--language", "en") == (
        "Nothing was found.\n"
    )
    found = json.loads(await done("search", "投诉", "--json"))["found"]
    assert [one["marks"] for one in found] == [[[2, 4]]]

    out = await done("show", contact_id, "--language", "zh-CN")
    lines = out.splitlines()
    assert "坐席" in next(one for one in lines if "您好" in one)
    assert "信息: 卡号 ••••1111 ✓" in out
    assert "判断正确" in out
    assert "与来电者最初20秒相比" in out
    assert json.loads(await done("show", contact_id, "--json"))["lines"][1]["leg"] == "customer"
    assert (
        await done("show", silent, "--language", "en") == "No words are stored of this contact.\n"
    )
    status, _, err = await parley(house.state_dir, "transcripts", "search", "•••")
    assert status == 2
    assert "no word to look for" in err
    status, _, err = await parley(house.state_dir, "transcripts", "show", "con_nobody")
    assert status == 2
