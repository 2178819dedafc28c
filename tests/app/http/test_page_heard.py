"""The page while people talk: words, mood, alerts, in a real browser."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.hearing.transcripts import AFTER_CALL, TranscriptStore
from tests.app.http.speech import Speech
from tests.app.http.test_emotion import line, mark, stored
from tests.app.http.test_page import sign_in
from tests.support.browser import Page
from tests.support.wait import eventually
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
    await speech.feels(0.84)
    await speech.feels(0.84, "emotion.crossed")
    await speech.says("agent", "非常抱歉给您带来不便，我马上为您处理。")
    await speech.begins_to_say("customer", "那你们现在就给我一个说法", partials=1)
    return speech


SOCKETS = """
const Real = WebSocket;
window.sockets = [];
window.WebSocket = class extends Real {
  constructor(url) {
    super(url);
    sockets.push(this);
  }
};
"""
LOSE = "sockets.findLast(s => s.url.includes('/listen')).close()"


def said(index: int) -> str:
    return f"document.querySelectorAll('#heard .said')[{index}]"


async def test_an_agent_sees_both_sides_words_as_they_are_said(
    page: Page, web_house: WebHouse
) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    await sign_in(page, house, "wang.fang")
    await page.shows("Nothing was heard yet", "#heard")
    speech = Speech(house.live_log, contact_id)
    await speech.begins()
    await page.shows("Listening", "#heard-status")
    utterance = await speech.begins_to_say("customer", "我想查一下余额好吗")
    await page.until(f"{said(0)}?.dataset.state === 'partial'")
    await page.shows("我想查一", "#heard .words")
    # What is not final is not read out.
    assert await page.look("document.querySelector('#heard [role=log]').innerText") == ""
    await speech.tell(
        "transcript.final", utterance=utterance, start=1.0, end=3.0, text="我想查一下余额。",
        words=[], language="zh", confidence=0.9, engine="whisper",
    )  # fmt: skip
    await page.until(f"{said(0)}.dataset.state === 'final'")
    assert await page.look("document.querySelectorAll('#heard .said').length") == 1
    await page.until(
        "document.querySelector('#heard [role=log]').textContent === 'Customer: 我想查一下余额。'"
    )
    await speech.says("agent", "One moment, please.", language="en")
    await page.until(f"{said(1)}?.dataset.leg === 'agent'")
    left, right = [
        await page.look(f"{said(n)}.getBoundingClientRect().{side}")
        for n, side in ((0, "left"), (1, "left"))
    ]
    assert left < right
    # A correction, something hidden, something for later; nothing twice.
    await speech.tell("transcript.corrected", utterance=utterance, text="我想查一下••••。")
    await page.until(f"{said(0)}.querySelector('.hidden-number')?.innerText === '••••'")
    await speech.tell("transcript.deferred", utterance="u9", start=9.0, end=12.0)
    await page.shows("Recognised after the call", "#heard")
    empty = await speech.begins_to_say("customer", "嗯嗯")
    await page.until("document.querySelectorAll('#heard .said').length === 4")
    await speech.tell("transcript.final", utterance=empty, start=13.0, end=14.0, text="")
    await page.until("document.querySelectorAll('#heard .said').length === 3")
    # An agent judges nobody, and is shown no banner.
    await speech.feels(0.84, "emotion.crossed")
    await page.shows("tense", "#heard .mood-line")
    assert await page.look("document.querySelectorAll('.verdict').length") == 0
    assert await page.look("document.querySelector('#alerts').hidden") is True
    await house.medium.customer_hangs_up(contact_id)
    await speech.ends()
    await page.shows("Over", "#heard-status")
    await house.router.wrap_up_done("wang.fang")
    await page.until("document.querySelector('#heard').hidden")
    assert page.errors == []


async def test_it_goes_on_where_it_was_when_the_line_is_lost(
    page: Page, web_house: WebHouse
) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    speech = Speech(house.live_log, contact_id)
    await speech.begins()
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=SOCKETS)
    await sign_in(page, house, "wang.fang")
    await speech.says("customer", "第一句。")
    await page.shows("第一句", "#heard")
    for number in range(2, 5):
        await page.look(LOSE)
        await speech.says("customer", f"第{number}句。")
        await page.until(f"document.querySelectorAll('#heard .said').length === {number}")
        await page.shows("Listening", "#heard-status")
    texts = await page.look("[...document.querySelectorAll('#heard .words')].map(w => w.innerText)")
    assert texts == ["第一句。", "第2句。", "第3句。", "第4句。"]
    # Each connection asked only for what was missing.
    asked = await page.look(
        "sockets.map(s => new URL(s.url).searchParams.get('after')).filter(Boolean).map(Number)"
    )
    assert len(asked) == 4
    assert asked == sorted(set(asked))


async def test_supervisors_are_alerted_look_and_judge(page: Page, web_house: WebHouse) -> None:
    house = web_house
    await sign_in(page, house, "sun.yue")
    speech = await talk(house)
    contact_id = speech.contact_id
    await page.shows("is tense", "#alerts")
    await page.shows("Wang Fang", "#alerts")
    await page.shows("louder, faster", "#alerts")
    await page.until("document.querySelector('#calls tbody tr').classList.contains('tense')")
    await page.shows("tense", "#calls tbody")
    assert "投诉" not in await page.look("document.documentElement.outerHTML")
    await page.click("#alerts button")
    await page.shows("我要投诉", "#heard")
    await page.shows("lost card", "#heard .understood")
    await page.shows("••••1111 ✓", "#heard .understood")
    await page.shows("Hidden: Card", "#heard .note")
    await page.shows("louder (+9 dB)", "#heard .mood-line")
    await stored(house, contact_id)
    n = await page.look("Number(document.querySelector('.note[data-type=\"emotion.crossed\"]')"
                        ".dataset.key.slice(1))")  # fmt: skip
    await mark(house, contact_id, n)
    await page.click("#heard [data-verdict=wrong]")

    async def judged() -> bool:
        marks = await TranscriptStore(house.engine).marks(contact_id)
        return [(one.verdict, one.verdict_by) for one in marks] == [("wrong", "sun.yue")]

    await eventually(judged, "the verdict is kept")
    pressed = "document.querySelector('#heard [data-verdict=wrong]')?.getAttribute('aria-pressed')"
    assert await page.look(pressed) == "true"
    # Closed and opened again, it is still said.
    await page.click("#heard > header button")
    await page.until("document.querySelector('#heard').hidden")
    await page.click(f"#calls button[data-words='{contact_id}']")
    await page.until(f"{pressed} === 'true'")
    await speech.feels(0.4, "emotion.calmed")
    await page.until("document.querySelector('#alerts').hidden")
    await page.shows("calmed down", "#heard .talk")
    await page.click("#heard .missed")
    await page.shows("The site learns from it.")
    assert (await house.hearing.calibration.load()).feedback["missed"] == 1
    await page.click("#languages button[lang='zh-CN']")
    await page.shows("听到的", "#heard")
    await page.shows("客户情绪已缓和", "#heard .talk")
    await page.shows("挂失卡片", "#heard .understood")
    await page.shows("聆听中", "#heard-status")
    assert page.errors == []


async def test_it_says_honestly_what_is_not_heard(page: Page, web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    speech = Speech(house.live_log, contact_id)
    await page.send("Page.addScriptToEvaluateOnNewDocument", source=SOCKETS)
    await sign_in(page, house, "sun.yue")
    await speech.tell("hearing.failed", code="not_tapped", message="No tap was connected.")
    await page.shows("Not heard", "#calls tbody")
    await page.click(f"#calls button[data-words='{contact_id}']")
    await page.shows("The call goes on, but nobody is heard. No tap was connected.", "#heard")
    await speech.begins()
    await page.shows("Listening", "#heard-status")
    await speech.tell("hearing.degraded", level=1, reason="partials are left out")
    await page.shows("Reduced", "#heard-status")
    await page.shows("words appear only when a sentence is over", "#heard .hint")
    await page.shows("Reduced", "#calls tbody")
    await speech.tell("hearing.degraded", level=0, reason="")
    await page.shows("Listening", "#heard-status")
    await speech.tell("sensitive.expected", until=20.0)
    await page.shows("digits are hidden", "#heard .hint")
    await speech.tell("sensitive.over")
    await page.hides("digits are hidden", "#heard")
    await speech.ends()
    await house.router.hold(contact_id)
    await page.shows("Paused", "#heard-status")
    await house.router.resume(contact_id)
    house.why_off = "packages_missing"
    await page.look(LOSE)
    await page.shows("Nothing is listened to in this installation (packages are missing)", "#heard")


async def test_search_and_the_stored_conversation(
    page: Page, web_house: WebHouse, pictures: Path
) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    await stored(house, contact_id)
    store = TranscriptStore(house.engine)
    await store.add(
        line(contact_id, 1, "agent", "您好，玉河银行。"),
        line(contact_id, 2, "customer", "😀我要投诉，卡号 •••• •••• •••• ••••。"),
        line(contact_id, 3, "agent", "I am sorry to hear that."),
        line(contact_id, 4, "customer", "那你们现在就处理。", source=AFTER_CALL),
    )
    await mark(house, contact_id, 7)
    await sign_in(page, house, "sun.yue")
    await page.type("#transcripts-query", "投訴")
    await page.press("Enter", 13)
    await page.shows("我要投诉", "#transcripts .found")
    assert await page.look("document.querySelector('#transcripts mark').innerText") == "投诉"
    await page.shows("•••8000", "#transcripts .found")
    await page.shows("Credit cards", "#transcripts .found")
    await page.click("#transcripts .line-found")
    await page.shows("I am sorry to hear that.", "dialog#stored")
    await page.shows("once more after the call", "dialog#stored")
    await page.shows("我要投诉", "dialog#stored .sought")
    await page.photograph(pictures / "transcript-en.png")
    await page.click("dialog#stored [data-verdict=right]")

    async def judged() -> bool:
        return [one.verdict for one in await store.marks(contact_id)] == ["right"]

    await eventually(judged, "the verdict is kept")
    await page.click("dialog#stored .buttons .quiet")
    await page.until("!document.querySelector('dialog')")
    await page.look("document.querySelector('#transcripts-query').value = 'nobody said'")
    await page.click("#transcripts form button")
    await page.shows("Nobody said “nobody said”.", "#transcripts")
    await page.look("document.querySelector('#transcripts-query').value = '•••'")
    await page.click("#transcripts form button")
    await page.shows("There is no word to look for", "#transcripts .error")
    many = [
        line(contact_id, n, "customer", f"许多话 {n}", leg_id="leg_many") for n in range(10, 72)
    ]
    await store.add(*many)
    await page.look("document.querySelector('#transcripts-query').value = '许多话'")
    await page.click("#transcripts form button")
    await page.until("document.querySelectorAll('#transcripts .found li').length === 50")
    await page.click("#transcripts > .body > button")
    await page.until("document.querySelectorAll('#transcripts .found li').length === 62")
    # Agents do not search what others said.
    await page.click("#sign-out")
    await page.type("#agent", "li.wei")
    await page.type("#password", house.password("li.wei"))
    await page.press("Enter", 13)
    await page.shows("Live", "#connection")
    assert await page.look("document.querySelector('#transcripts')") is None


async def test_who_does_not_see_or_use_a_mouse(page: Page, web_house: WebHouse) -> None:
    await talk(web_house)
    await sign_in(page, web_house, "sun.yue")
    await page.click("#alerts button")
    await page.shows("我要投诉", "#heard")
    await page.send("Accessibility.enable")
    tree = (await page.send("Accessibility.getFullAXTree"))["nodes"]
    controls = {"button", "combobox", "textbox", "searchbox", "meter", "table", "region", "group"}
    nameless = [
        node["role"]["value"]
        for node in tree
        if not node.get("ignored")
        and node.get("role", {}).get("value") in controls
        and not node.get("name", {}).get("value", "").strip()
    ]
    assert nameless == []
    meters = [n for n in tree if n.get("role", {}).get("value") == "meter"]
    assert any("Tension" in n["name"]["value"] for n in meters)
    # The words can be scrolled by keyboard, and what is older then stays in sight.
    view = "document.querySelector('#heard .talk-view')"
    await page.look(f"{view}.focus()")
    await page.until(f"document.activeElement === {view}")
    await page.look(f"{view}.style.maxHeight = '120px', {view}.scrollTop = 0")
    await page.click("#heard .newest")
    await page.until(f"{view}.scrollHeight - {view}.scrollTop - {view}.clientHeight < 5")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_texts_stand_out_enough(page: Page, web_house: WebHouse, theme: str) -> None:
    await talk(web_house)
    await sign_in(page, web_house, "sun.yue")
    await page.look(f"document.documentElement.dataset.theme = '{theme}'")
    await page.click("#alerts button")
    await page.shows("我要投诉", "#heard")
    script = (Path(__file__).parent / "contrast.js").read_text()
    found: list[Any] = await page.look(script)
    assert found == [], found


async def test_the_page_makes_of_events_what_they_say(page: Page, web_house: WebHouse) -> None:
    """The same events in any pieces give the same conversation."""
    speech = await talk(web_house)
    events = [event.as_dict() for event in await web_house.live_log.read(speech.contact_id)]
    await page.goto(web_house.url)
    script = (
        "import('/live/js/hearing/talk.js').then(({silence, hear, inOrder}) => {"
        f"const talk = {json.dumps(events)}.reduce(hear, silence());"
        "return {lines: inOrder(talk).map(i => [i.kind, i.leg ?? i.type, i.state ?? '', "
        "i.text ?? '']), facts: [...talk.facts.keys()], tense: Boolean(talk.alert), "
        "legs: [...talk.legs.values()]}})"
    )
    found = await page.look(script)
    assert found["tense"] is True
    assert found["legs"] == ["customer", "agent"]
    assert found["facts"] == ["card:••••1111", "money:CNY 350.00"]
    kinds = [(kind, who) for kind, who, *_ in found["lines"]]
    assert kinds.count(("line", "customer")) == 4
    assert kinds.count(("line", "agent")) == 4
    assert found["lines"][-1] == ["line", "customer", "partial", "那你们现在就"]


async def test_pictures_of_a_conversation(page: Page, web_house: WebHouse, pictures: Path) -> None:
    await talk(web_house)
    await web_house.customer("loans")
    await sign_in(page, web_house, "sun.yue")
    await page.shows("Wang Fang", "#alerts")
    await page.click("#alerts button")
    await page.shows("投诉", "#heard")
    await page.until("document.getAnimations().every(a => a.effect.getTiming().iterations > 1)")
    await page.resize(1440, 1500)
    await page.photograph(pictures / "heard-light-en.png")
    await page.look("document.querySelector('#languages button[lang=zh-CN]').click()")
    await page.click("#theme")
    await page.until("document.getAnimations().every(a => a.effect.getTiming().iterations > 1)")
    await page.photograph(pictures / "heard-dark-zh.png")
    await page.resize(420, 1600)
    await page.photograph(pictures / "heard-phone.png")
    assert page.errors == []
