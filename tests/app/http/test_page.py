"""The live page in a real browser, on a real server.

``PARLEY_PICTURES`` names a folder that the pictures go to; a test's own otherwise.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from acd.contact_states import ContactState
from acd.model import Medium
from app.http.static import FOLDER
from tests.support.browser import Page
from tests.support.text_medium import TextMedium
from tests.support.wait import eventually
from tests.support.web import SAMPLE_NUMBER, WebHouse


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of the page are kept."""
    return Path(os.environ.get("PARLEY_PICTURES") or tmp_path)


async def sign_in(page: Page, house: WebHouse, agent_id: str) -> None:
    await page.goto(house.url)
    await page.type("#agent", agent_id)
    await page.type("#password", house.password(agent_id))
    await page.press("Enter", 13)
    await page.shows("Live", "#connection")


async def test_a_wrong_password_is_said_and_a_right_one_opens_the_wall(
    page: Page, web_house: WebHouse, pictures: Path
) -> None:
    await page.goto(web_house.url)
    await page.type("#agent", "wang.fang")
    await page.type("#password", "wrong")
    await page.click("form.signin button")
    await page.shows("The log-in or the password is wrong.")
    await page.photograph(pictures / "signin.png")
    await page.type("#password", web_house.password("wang.fang"))
    await page.click("form.signin button")
    await page.shows("Live", "#connection")
    await page.shows("Wang Fang", ".top")
    # The session is a cookie that scripts cannot read, and it outlives a reload.
    assert await page.look("document.cookie") == ""
    await page.goto(web_house.url)
    await page.shows("Live", "#connection")
    await page.click("#sign-out")
    await page.shows("Sign in")
    await page.goto(web_house.url)
    await page.shows("Sign in")


async def test_a_waiting_contact_comes_and_goes_without_a_reload(
    page: Page, web_house: WebHouse
) -> None:
    await sign_in(page, web_house, "grace.hill")
    await page.shows("Nobody is waiting.", "#waiting")
    contact_id = await web_house.customer("loans")
    await page.shows("•••8000", "#waiting")
    await page.shows("Loans", "#waiting tbody")
    await page.until("document.querySelector('#waiting tbody time').innerText !== '0:00'")
    # Nothing on the page or in what it was sent holds the whole number.
    await page.hides("13800138000")
    assert "13800138000" not in await page.look("document.documentElement.outerHTML")

    await web_house.router.log_in("oliver.brown", ready=True)
    await page.shows("Oliver Brown", "#waiting")
    await page.shows("Ringing", "#agents")
    await web_house.medium.picks_up("oliver.brown")
    await page.shows("Nobody is waiting.", "#waiting")
    await page.shows("Oliver Brown", "#calls")
    await page.shows("Talking", "#calls")
    await web_house.router.hold(contact_id)
    await page.shows("On hold", "#calls")
    await web_house.medium.customer_hangs_up(contact_id)
    await page.shows("Wrap-up", "#calls")
    await web_house.router.wrap_up_done("oliver.brown")
    await page.shows("No contact is in progress.", "#calls")
    await page.shows("customer hung up", "#events")
    await page.shows("100 % in time".replace(" %", "\N{NO-BREAK SPACE}%"), "#queues")
    assert page.errors == []


async def test_the_language_changes_every_screen_and_is_remembered(
    page: Page, web_house: WebHouse
) -> None:
    await page.goto(web_house.url)
    await page.click("#languages button[lang='zh-CN']")
    await page.shows("登录名")
    await page.shows("玉河")
    await page.type("#agent", "sun.yue")
    await page.type("#password", web_house.password("sun.yue"))
    await page.click("form.signin button")
    await page.shows("实时", "#connection")
    for panel, text in {
        "#figures": "最长等待",
        "#queues": "信用卡",
        "#waiting": "当前无人排队",
        "#calls": "当前没有进行中的联络",
        "#agents": "孙悦",
        "#desk": "签入",
    }.items():
        await page.shows(text, panel)
    await page.goto(web_house.url)
    await page.shows("实时", "#connection")
    assert await page.look("document.documentElement.lang") == "zh-CN"
    await page.click("#languages button[lang='en']")
    await page.shows("Nobody is waiting.")
    await page.shows("Start shift", "#desk")


async def test_an_agent_works_a_whole_call_on_the_page(page: Page, web_house: WebHouse) -> None:
    await sign_in(page, web_house, "wang.fang")
    await page.click("#start")
    await page.shows("Ready", "#desk")
    await page.choose("#not-ready", "lunch")
    await page.shows("Lunch", "#desk")
    await page.click("#ready")
    contact_id = await web_house.customer("cards")
    await page.shows("Ringing", "#desk")
    await web_house.medium.picks_up("wang.fang")
    await page.shows("•••8000", "#desk")
    await page.click("#hold")
    await web_house.contact_is(contact_id, ContactState.HELD)
    await page.shows("On hold", "#desk")
    await page.click("#resume")
    await web_house.contact_is(contact_id, ContactState.CONNECTED)
    await page.click("#hang-up")
    await page.shows("Wrap-up", "#desk")
    await page.choose("#disposition", "resolved")
    await page.type("#note", "card unlocked")
    await page.click("form.disposition button")
    await page.shows("Saved", "#desk")
    contact = await web_house.router.contacts.get(contact_id)
    assert contact.disposition == "resolved"
    await page.click("#more")
    await page.click("#done")
    await page.until("document.querySelector('#desk').dataset.state === 'ready'")
    assert page.errors == []


async def test_an_agent_takes_chats_beside_each_other(page: Page, web_house: WebHouse) -> None:
    """What does not ring on a phone is taken on the page; two at once, one parked."""
    house, router = web_house, web_house.router
    router.add_driver(Medium.CHAT, TextMedium())
    await sign_in(page, house, "emma.clarke")
    await page.click("#start")
    first = await chat(house, "accounts")
    await page.shows("Chat", "#desk .contact")
    await page.click("#accept")
    await house.contact_is(first, ContactState.CONNECTED)
    await page.shows("In conversation", "#desk .contact")
    second = await chat(house, "accounts")
    await page.click(f"#desk .hands button[data-contact='{second}']")
    await page.click("#reject")
    await page.shows("declined", "#desk")
    await page.click("#ready")
    await page.click("#accept")
    await house.contact_is(second, ContactState.CONNECTED)
    meter = "document.querySelector('.agent-row.me .capacity')"
    await page.until(f"{meter}.getAttribute('aria-valuenow') === '50'")
    await page.shows("2 × Chat", ".agent-row.me")
    await page.click(f"#desk .hands button[data-contact='{first}']")
    await page.click("#park")
    await house.contact_is(first, ContactState.PARKED)
    await page.until(f"{meter}.getAttribute('aria-valuenow') === '25'")
    await page.shows("Parked", "#calls")
    await page.click("#why-mine")
    await page.shows("Went to emma.clarke", "#why")
    await page.click("#why .quiet")
    await page.click("#hang-up")
    await page.click("#more")
    await page.click("#done")
    await page.until("document.querySelector('#desk').dataset.state === 'ready'")
    assert page.errors == []


async def chat(house: WebHouse, queue: str, **more: Any) -> str:
    contact = await house.router.contacts.open(
        medium=Medium.CHAT, channel="webchat", customer_number=SAMPLE_NUMBER, language="en", **more
    )
    await house.router.enqueue(contact.id, queue)
    return contact.id


async def test_why_it_waits_and_what_a_supervisor_does_about_it(
    page: Page, web_house: WebHouse, pictures: Path
) -> None:
    house, router = web_house, web_house.router
    router.add_driver(Medium.CHAT, TextMedium())
    first = await house.customer("accounts")
    waits = await chat(house, "accounts")
    await router.contacts.set_attributes(waits, {"x": 1})
    await router.log_in("emma.clarke")
    await router.set_not_ready("emma.clarke", "lunch")
    await house.connect("loans", "li.wei")
    await sign_in(page, house, "grace.hill")
    await page.click(f"#waiting button[data-why='{waits}']")
    await page.shows("is free", "#why .summary")
    await page.shows("not ready (lunch)", "#why .why-agents")
    await page.shows(f"#{first[-4:]}", "#why .why-before")
    await page.shows("Entered accounts", "#why .why-steps")
    await page.photograph(pictures / "why-en.png")
    await page.look("document.querySelector('#why-priority').value = 80")
    await page.click("#why .why-actions button")
    await page.shows("Nobody who competes", "#why .why-facts")
    assert (await router.contacts.get(waits)).priority == 80
    await page.shows("▲ 80", "#waiting")
    await page.shows(f"#{waits[-4:]} is 80", "#events")
    # It is the first of the list now.
    await page.until("document.querySelector('#waiting tbody tr').innerText.includes('▲ 80')")
    await page.choose("#why-queue", "loans")
    await house.contact_is(waits, ContactState.QUEUED)
    await page.shows("Loans", "#waiting tbody")
    await page.look("document.querySelector('#languages button[lang=zh-CN]').click()")
    await page.shows("要求：", "#why .why-facts")
    await page.shows("贷款", "#why h2")
    await page.photograph(pictures / "why-zh.png")
    await page.click("#why .quiet")
    await page.until("!document.querySelector('dialog')")
    # An agent sees who waits, without the button.
    await page.click("#sign-out")
    await page.type("#agent", "li.wei")
    await page.type("#password", house.password("li.wei"))
    await page.press("Enter", 13)
    await page.shows("实时", "#connection")
    await page.shows("▲ 80", "#waiting")
    assert await page.look("document.querySelectorAll('.why-button').length") == 0
    assert page.errors == []


async def test_call_backs_and_expected_waits_are_shown(page: Page, web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.customer("loans")
    await house.router.agree_call_back(contact_id, "+8613800138000")
    await sign_in(page, house, "grace.hill")
    await page.shows("Call-back", "#waiting tbody")
    await page.shows("call-backs: 1", "#queues")
    await page.hides("13800138000")
    row = house.web.wall.state()["queues"]["loans"]
    assert "expected_wait" in row
    await page.shows("expected", "#queues")


async def test_transfer_by_the_dialogue(page: Page, web_house: WebHouse) -> None:
    contact_id = await web_house.connect("cards", "wang.fang")
    await sign_in(page, web_house, "wang.fang")
    await page.click("#transfer")
    await page.shows("Transfer to", "dialog")
    await page.type("#number", "10086")
    await page.click("form.number button")
    await page.until("!document.querySelector('dialog')")
    assert web_house.desk.asked == [("transfer_to_number", contact_id, "10086", "wang.fang")]
    await page.click("#transfer")
    await page.click("dialog button[data-to='queue:loans']")
    contact = await web_house.contact_is(contact_id, ContactState.QUEUED)
    assert contact.queue == "loans"


async def asked(house: WebHouse, verbs: list[str]) -> None:
    """Wait until the call desk was asked for these, in this order."""

    async def so() -> bool:
        return [one[0] for one in house.desk.asked] == verbs

    await eventually(so, f"the call desk was asked for {verbs}")


async def test_an_attended_transfer(page: Page, web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    await house.router.log_in("li.wei", ready=True)
    await sign_in(page, house, "wang.fang")
    await page.click("#transfer")
    await page.click("#first")
    await page.click("dialog button[data-to='agent:li.wei']")
    await page.until("!document.querySelector('dialog')")
    # What telephony would do now.
    await house.router.hold(contact_id)
    await house.router.consult_started(contact_id, "li.wei")
    await page.shows("Consulting", "#desk")
    await page.click("#complete")
    await asked(house, ["consult", "consult_complete"])
    await page.click("#cancel")
    await asked(house, ["consult", "consult_complete", "consult_cancel"])
    await house.router.handed_over(contact_id, "li.wei")
    await page.shows("Wrap-up", "#desk")


async def test_a_supervisor_forces_a_state_and_listens(page: Page, web_house: WebHouse) -> None:
    contact_id = await web_house.connect("cards", "wang.fang")
    await web_house.router.log_in("li.wei", ready=True)
    await sign_in(page, web_house, "grace.hill")
    await page.choose("li[data-key='li.wei'] select", "not-ready:training")
    await page.shows("Training", "#agents")
    await page.click("#calls button[data-mode='whisper']")
    await page.shows("Your phone is ringing.")
    assert [(verb, contact, who) for verb, contact, who, _ in web_house.desk.asked] == [
        ("supervise", contact_id, "grace.hill")
    ]
    web_house.desk.down = True
    await page.click("#calls button[data-mode='listen']")
    await page.shows("Telephony does not answer.")


async def test_it_says_that_the_line_is_lost_and_comes_back_with_the_truth(
    page: Page, web_house: WebHouse
) -> None:
    await sign_in(page, web_house, "grace.hill")
    await page.send("Network.emulateNetworkConditions", offline=True, latency=0,
                    downloadThroughput=-1, uploadThroughput=-1)  # fmt: skip
    # Chromium keeps a WebSocket that is open when it goes offline, so ours ends it.
    web_house.web.wall.viewers.close()
    await page.shows("Reconnecting", "#connection")
    await page.shows("What you see may be old")
    await web_house.customer("cards")
    await page.send("Network.emulateNetworkConditions", offline=False, latency=0,
                    downloadThroughput=-1, uploadThroughput=-1)  # fmt: skip
    await page.shows("Live", "#connection")
    await page.shows("Credit cards", "#waiting tbody")


async def test_everything_has_a_name_for_those_who_do_not_see(
    page: Page, web_house: WebHouse
) -> None:
    await web_house.connect("cards", "wang.fang")
    await web_house.customer("loans")
    await sign_in(page, web_house, "sun.yue")
    await page.shows("Loans", "#waiting tbody")
    await page.send("Accessibility.enable")
    tree = (await page.send("Accessibility.getFullAXTree"))["nodes"]
    controls = {"button", "combobox", "textbox", "meter", "table", "region", "link"}
    nameless = [
        node["role"]["value"]
        for node in tree
        if not node.get("ignored")
        and node.get("role", {}).get("value") in controls
        and not node.get("name", {}).get("value", "").strip()
    ]
    assert nameless == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_texts_stand_out_enough(page: Page, web_house: WebHouse, theme: str) -> None:
    """WCAG 2.2, 1.4.3: text against its ground at least 4.5 to 1."""
    await web_house.connect("cards", "wang.fang")
    await web_house.customer("loans")
    await web_house.router.log_in("li.wei")
    await sign_in(page, web_house, "sun.yue")
    await page.look(f"document.documentElement.dataset.theme = '{theme}'")
    await page.shows("Loans", "#waiting tbody")
    script = (Path(__file__).parent / "contrast.js").read_text()
    found: list[Any] = await page.look(script)
    assert found == [], found


async def test_pictures(page: Page, web_house: WebHouse, pictures: Path) -> None:
    """A busy minute, as the documentation shows it."""
    house, router = web_house, web_house.router
    text = TextMedium()
    for medium in (Medium.CHAT, Medium.EMAIL):
        router.add_driver(medium, text)
    await router.log_in("priya.nair", ready=True)
    for _ in range(2):
        contact_id = await chat(house, "accounts")
        await router.assign(contact_id, "priya.nair")
        offer_id = (await router.contacts.get(contact_id)).offer_id
        await router.agent_answered(str(offer_id))
    agents = ("li.wei", "zhang.min", "emma.clarke", "sun.yue")
    for queue in ("cards", "loans", "accounts", "operator", "cards", "accounts", "loans"):
        await house.customer(queue)
    await house.customer()
    for agent_id in agents:
        await router.log_in(agent_id, ready=True)
        await house.medium.rings(agent_id)
        await house.medium.picks_up(agent_id)
    waiting = [c for c in await router.contacts.live() if c.state is ContactState.QUEUED]
    await router.prioritise(waiting[0].id, 50)
    await router.agree_call_back(waiting[-1].id, SAMPLE_NUMBER)
    await router.log_in("liu.yang")
    await router.set_not_ready("liu.yang", "lunch")
    await router.hold(str((await router.agents.get("li.wei")).contact_id))
    await router.end(str((await router.agents.get("zhang.min")).contact_id))
    await sign_in(page, house, "sun.yue")
    await page.shows("On hold", "#calls")
    await page.shows("in time", "#queues")
    # What arrives glides in; the picture is of when it is there.
    await page.until("document.getAnimations().every(a => a.effect.getTiming().iterations > 1)")
    await page.resize(1440, 1200)
    await page.photograph(pictures / "wall-light-en.png")
    await page.click("#languages button[lang='zh-CN']")
    await page.click("#theme")
    await page.photograph(pictures / "wall-dark-zh.png")
    await page.resize(420, 1600)
    await page.photograph(pictures / "wall-phone.png")
    assert (pictures / "wall-light-en.png").stat().st_size > 20_000
    assert page.errors == []


def test_both_languages_have_the_same_texts() -> None:
    english, chinese = (
        json.loads((FOLDER / "locale" / f"{language}.json").read_text(encoding="utf-8"))
        for language in ("en", "zh-CN")
    )
    assert list(english) == list(chinese)
    assert {k for k, v in english.items() if not v} == {k for k, v in chinese.items() if not v}
