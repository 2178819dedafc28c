"""The page while people talk: words, mood, alerts, in a real browser."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.app.http.speech import Speech
from tests.app.http.test_page import sign_in
from tests.support.browser import Page
from tests.support.web import WebHouse


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the page are kept."""
    return Path(os.environ.get("PARLEY_PICTURES") or tmp_path)


async def talk(house: WebHouse, queue: str = "cards", agent: str = "wang.fang") -> Speech:
    """A conversation in which the customer loses patience."""
    contact_id = await house.connect(queue, agent)
    speech = Speech(house.live_log, contact_id, agent_id=agent)
    await speech.begins()
    await speech.says("agent", "您好，玉河银行，工号1032，很高兴为您服务。")
    await speech.says("customer", "你好，我的信用卡丢了，要挂失。")
    await speech.tell("intent.recognised", intent="lost_card", confidence=0.93, alternatives=[])
    await speech.feels(0.31)
    await speech.says("agent", "请问您的卡号是多少？")
    await speech.tell("sensitive.expected", until=90.0)
    utterance = await speech.says("customer", "•••• •••• •••• ••••，尾号没错吧。")
    await speech.tell("sensitive.found", utterance=utterance, spans=[[9.0, 12.0]], kinds=["card"])
    await speech.tell("sensitive.over")
    card = {"kind": "card", "value": "••••1111", "valid": True, "confidence": 0.98}
    order = {"kind": "money", "value": "CNY 350.00", "valid": None, "confidence": 0.8}
    await speech.tell("facts.found", facts=[card, order])
    await speech.says("agent", "好的，请稍等，我帮您查询一下，系统有点慢。", partials=2)
    await speech.feels(0.52)
    await speech.says("customer", "我都打了三次电话了！每次都说系统慢，我要投诉！")
    await speech.feels(0.84, "emotion.crossed")
    await speech.feels(0.84)
    await speech.says("agent", "非常抱歉给您带来不便，我马上为您处理。")
    await speech.begins_to_say("customer", "那你们现在就给我一个说法", partials=1)
    return speech


async def test_pictures_of_a_conversation(
    page: Page, web_house: WebHouse, pictures: Path
) -> None:
    await talk(web_house)
    await web_house.customer("loans")
    await sign_in(page, web_house, "sun.yue")
    await page.shows("Wang Fang", "#alerts")
    await page.click("#alerts button")
    await page.shows("投诉", "#heard")
    await page.until("document.getAnimations().every(a => a.effect.getTiming().iterations > 1)")
    await page.resize(1440, 1300)
    await page.photograph(pictures / "heard-light-en.png")
    await page.look("document.querySelector('#languages button[lang=zh-CN]').click()")
    await page.click("#theme")
    await page.photograph(pictures / "heard-dark-zh.png")
    assert page.errors == []
