"""Recordings of real calls: judged by side, and made good after the app was killed."""

from __future__ import annotations

from typing import Any

from tests.e2e.recordings import end, in_ledger, more_sound
from tests.support.app_process import Killable, KillableCentre
from tests.support.installation import Installation
from tests.support.talk import CALLER_HZ, Talk, hears
from tests.support.wait import until


async def test_a_side_that_never_speaks_is_marked(installation: Installation) -> None:
    centre = await installation()
    desk = await centre.agent("alice")
    caller = await centre.call("4000")
    incoming = await desk.phone.next_incoming()
    await incoming.answer()
    await caller.tone(CALLER_HZ)
    await hears(incoming, CALLER_HZ)
    talk = Talk(centre, await centre.contact_of("alice"), caller, incoming, desk)
    await more_sound(centre, 4.0)
    await end(talk)
    row = await in_ledger(centre, talk.contact_id)
    assert row.marks == ["agent_silent"]
    assert row.levels["agent"]["active_seconds"] == 0
    assert -19 < row.levels["caller"]["speech_dbfs"] < -13


async def _recordings(centre: KillableCentre, contact: str) -> list[dict[str, Any]]:
    found = await centre.api("GET", f"/api/recordings?contact={contact}")
    rows: list[dict[str, Any]] = found["recordings"]
    return rows


async def test_paused_killed_and_resumed(killable: Killable) -> None:
    """The pause outlives the app, and is still the agent's to end."""
    centre = await killable()
    caller, incoming, contact = await centre.talk(await centre.agent("alice"))

    async def how(state: str) -> None:
        async def so() -> bool:
            view = await centre.api("GET", f"/api/contacts/{contact}")
            return bool(view["recording"] == state)

        await until(so, 15, f"the recording is {state}")

    await how("on")
    await centre.api("POST", f"/api/contacts/{contact}/recording/pause")
    await how("paused")
    await centre.kill_app()
    await centre.start_app()
    await how("paused")
    await centre.api("POST", f"/api/contacts/{contact}/recording/resume")
    await how("on")
    await caller.hangup()
    await incoming.wait_state("disconnected")

    async def finished() -> dict[str, Any] | None:
        rows = await _recordings(centre, contact)
        return rows[0] if rows else None

    row = await until(finished, 20, "the recording")
    assert [span["reason"] for span in row["silenced"]] == ["agent_pause"]
    assert row["state"] == "finished"


async def test_ended_while_nobody_was_there(killable: Killable) -> None:
    """What Asterisk left behind is sealed after the next start, and the raw file wiped."""
    centre = await killable()
    centre.use(**{"media.recording.encrypted": "true"})
    await centre.kill_app()
    await centre.start_app()
    caller, incoming, contact = await centre.talk(await centre.agent("alice"))

    async def running() -> bool:
        view = await centre.api("GET", f"/api/contacts/{contact}")
        return bool(view["recording"] == "on")

    await until(running, 15, "it is recorded")
    await centre.api("POST", f"/api/contacts/{contact}/recording/pause")
    await centre.kill_app()
    await caller.hangup()
    await incoming.wait_state("disconnected")
    await centre.start_app()

    async def finished() -> dict[str, Any] | None:
        rows = await _recordings(centre, contact)
        return rows[0] if rows else None

    row = await until(finished, 20, "the recording")
    assert (row["state"], row["sealed"], row["queue"]) == ("finished", True, "support")
    assert [span["reason"] for span in row["silenced"]] == ["agent_pause"]
    check = await centre.api("GET", f"/api/recordings/{row['id']}/check")
    assert check["bytes"] == row["bytes"]
    raw = centre.asterisk.settings.server.state_dir / "recordings" / "raw"
    await until(lambda: not list(raw.iterdir()), 10, "the raw file is gone")
