"""The player and the pause of recordings on the live page, in a real browser."""

from __future__ import annotations

import time
from pathlib import Path

from tests.app.http.test_page import pictures, sign_in  # noqa: F401  (a fixture)
from tests.app.http.test_recordings import Kept
from tests.support.browser import Page
from tests.support.wait import eventually
from tests.support.web import WebHouse

_PAINTED = """(() => {
  const canvas = document.querySelector('.waveform');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return data.some((value, at) => at % 4 === 3 && value > 0);
})()"""


async def test_played_with_its_waveform_and_what_is_silent(
    page: Page,
    web_house: WebHouse,
    pictures: Path,  # noqa: F811
) -> None:
    kept = Kept(web_house, sealed=True)
    await kept.write_down()
    await sign_in(page, web_house, "grace.hill")
    await page.shows("agent silent · encrypted", "#recordings")
    await page.shows("0:12", "#recordings")
    await page.click(f"button[data-play='{kept.contact_id}']")
    await page.shows("0:03 – 0:04 · caller · a number was said", "#recordings-dialog")
    await page.until("document.querySelector('.player')?.dataset.drawn > 100")
    await page.until(_PAINTED)
    await page.look("(document.querySelector('.player audio').currentTime = 8, 1)")
    await page.look("(document.querySelector('.player audio').play().catch(() => null), 1)")
    await page.until("document.querySelector('.player audio').currentTime > 8.2")
    assert await page.look("document.querySelector('.player audio').duration") == 12
    await page.photograph(pictures / "recordings.png")
    await page.look("(document.querySelector('#recordings-dialog').close(), 1)")
    await page.hides("a number was said")


async def test_what_cannot_be_played_says_why(page: Page, web_house: WebHouse) -> None:
    kept = Kept(web_house, sealed=True)
    await kept.write_down()
    data = bytearray(kept.made.path.read_bytes())
    data[3000] ^= 1
    kept.made.path.write_bytes(data)
    await sign_in(page, web_house, "grace.hill")
    await page.shows("0:12", "#recordings")
    await page.click(f"button[data-play='{kept.contact_id}']")
    await page.until("document.querySelector('.player')?.dataset.drawn > 100")
    await page.look("(document.querySelector('.player audio').play().catch(() => null), 1)")
    await page.shows("The recording was changed and cannot be played.", "#recordings-dialog")


async def test_the_pause_button_shows_how_it_stands(page: Page, web_house: WebHouse) -> None:
    house = web_house
    await sign_in(page, house, "wang.fang")
    contact_id = await house.connect("cards", "wang.fang")
    await page.shows("Hang up", "#desk")
    await page.until("document.querySelector('#pause-recording').hidden")
    note = {"id": "rec_1", "path": "x", "state": "recording"}
    await house.router.contacts.add_recording(contact_id, note)
    await page.shows("Pause recording", "#desk")
    await page.click("#pause-recording")

    async def asked() -> bool:
        return ("pause_recording", contact_id) in house.desk.asked

    await eventually(asked, "the pause is asked for")
    began = time.time()
    secret = {"from": began, "to": None, "reason": "secret_expected"}
    mine = {"from": began, "to": None, "reason": "agent_pause"}
    shown = "document.querySelector('#pause-recording').dataset.recording"
    for pauses, state, text in (
        ([mine], "paused", "Resume recording"),
        ([mine, secret], "paused", "Resume recording"),
        ([secret], "secret", "Pause recording"),
        ([{**mine, "to": began}], "on", "Pause recording"),
    ):
        await house.router.contacts.add_recording(contact_id, {**note, "pauses": pauses})
        await page.until(f"{shown} === '{state}'")
        await page.shows(text, "#desk")
    await house.router.contacts.add_recording(contact_id, {**note, "pauses": [mine]})
    await page.shows("Resume recording", "#desk")
    await page.click("#pause-recording")

    async def resumed() -> bool:
        return ("resume_recording", contact_id) in house.desk.asked

    await eventually(resumed, "the resumption is asked for")
    await house.router.contacts.add_recording(contact_id, {**note, "state": "finished"})
    await page.until("document.querySelector('#pause-recording').hidden")
