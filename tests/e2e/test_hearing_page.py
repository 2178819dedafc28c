"""Two people talk at real phones; a supervisor reads along in a real browser and at the
terminal, and finds their words afterwards."""

from __future__ import annotations

import pytest

from tests.app.http.test_cli import parley
from tests.support.browser import Page
from tests.support.heard import ON, PATIENCE, connected, needs_speech, said, told
from tests.support.installation import Installation
from tests.support.logins import passwords_of

pytestmark = [needs_speech, pytest.mark.timeout(240)]


async def test_words_are_read_along_and_found_afterwards(
    installation: Installation, page: Page
) -> None:
    centre = await installation(ON)
    server = centre.server
    talk = await connected(centre)
    await page.goto(server.web.server.url)
    await page.type("#agent", "sue")
    await page.type("#password", passwords_of(server.secrets, "sue"))
    await page.press("Enter", 13)
    await page.shows("Live", "#connection")
    await told(centre, "hearing.started", 2)
    await page.click(f"#calls button[data-words='{talk.contact_id}']")
    await page.shows("Listening", "#heard-status")
    await talk.agent.play(said("agent-greeting"))
    await page.until(
        "[...document.querySelectorAll('#heard .said[data-leg=agent][data-state=final]')]"
        ".some(s => s.innerText.includes('help'))",
        seconds=PATIENCE,
    )
    await talk.caller.play(said("customer-complaint"))
    await page.until(
        "[...document.querySelectorAll('#heard .said[data-leg=customer][data-state=final]')]"
        ".some(s => s.innerText.toLowerCase().includes('third'))",
        seconds=PATIENCE,
    )
    await page.until("document.querySelector('#heard .mood').checkVisibility()", seconds=PATIENCE)
    await talk.caller.hangup()
    await talk.over()
    await page.shows("Over", "#heard-status")

    state_dir = server.settings.server.state_dir
    status, out, err = await parley(state_dir, "listen", talk.contact_id, "--language", "en")
    assert (status, err) == (0, "")
    assert "third" in out.lower()
    assert out.splitlines()[-1] == "The conversation is over."
    await centre.record(talk.contact_id)
    assert server.keeping.writer is not None
    assert await server.keeping.writer.drain(PATIENCE)
    await page.type("#transcripts-query", "third")
    await page.click("#transcripts form button")
    await page.shows("third", "#transcripts .found mark")
    await page.click("#transcripts .line-found")
    await page.shows("help", "dialog#stored .talk")
    assert page.errors == []
