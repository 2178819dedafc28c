"""Numbers that must not be kept: spoken, keyed or asked for, on a real call."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from app.recordings.live_pauses import EXPECTED, OVER
from app.recordings.spans import FOUND
from media import wav
from media.tones import RATE, dtmf, find_dtmf
from tests.e2e.recordings import (
    end,
    finished,
    in_ledger,
    more_sound,
    sides,
    silent_times,
    times_of,
)
from tests.support.installation import Centre, Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, Talk, hears, talking
from tests.support.wait import until

SECRET_HZ = 1500


async def _says_secret(talk: Talk) -> tuple[float, float]:
    """The caller says something for a moment; from when to when (epoch)."""
    start = time.time()
    await talk.caller.tone(SECRET_HZ)
    await hears(talk.agent, SECRET_HZ)
    await more_sound(talk.centre)
    stop = time.time()
    await talk.caller.tone(CALLER_HZ)
    await hears(talk.agent, CALLER_HZ, but_not=(SECRET_HZ,))
    return start, stop


async def _tell_found(talk: Talk, start: float, stop: float) -> None:
    await talk.centre.server.live_log.append(
        talk.contact_id, FOUND,
        {"leg": "customer", "leg_id": "x", "at": 9.0, "utterance": 1, "kinds": ["card"],
         "spans": [[3.0, round(3.0 + stop - start, 2)]], "from": start, "to": stop},
    )  # fmt: skip


async def _pauses(centre: Centre, contact_id: str, *wanted: str) -> None:
    """Wait until exactly these pauses stand."""

    async def look() -> bool:
        contact = await centre.server.router.contacts.get(contact_id)
        (one,) = contact.recordings
        return {p["reason"] for p in one.get("pauses", ()) if p["to"] is None} == set(wanted)

    await until(look, 15, f"pauses {wanted}")


@pytest.mark.parametrize("sealed", ["true", "false"], ids=["sealed", "plain"])
async def test_a_spoken_number_is_silent_on_its_side(
    installation: Installation, sealed: str
) -> None:
    centre = await installation({"media.recording.encrypted": sealed})
    talk = await talking(centre, "alice")
    await more_sound(centre)
    await _tell_found(talk, *await _says_secret(talk))
    await more_sound(centre, 1.0)
    await end(talk)
    (row,) = await finished(centre, talk.contact_id)
    assert row.path.endswith(".sealed") == (sealed == "true")
    caller, agent = await sides(centre, row)
    assert times_of(caller, SECRET_HZ) == []
    # Before and after it all is there, and the agent throughout.
    silent = silent_times(caller)
    spoken = times_of(caller, CALLER_HZ)
    assert min(spoken) < min(t for t in silent if t > min(spoken)) < max(silent) < max(spoken)
    assert len(times_of(agent, AGENT_HZ)) * 0.02 > len(agent) / RATE - 0.3
    (span,) = row.details["silenced"]
    assert (span["side"], span["reason"]) == ("caller", "spoken")
    assert row.details["gap_seconds"] < 0.3
    raw = centre.server.recordings.raw
    await until(lambda: not list(raw.iterdir()), 10, "the raw file is gone")


async def test_found_out_after_the_call_it_is_silenced_then(installation: Installation) -> None:
    centre = await installation({"media.recording.encrypted": "true"})
    talk = await talking(centre, "alice")
    await more_sound(centre)
    start, stop = await _says_secret(talk)
    await more_sound(centre, 1.0)
    await end(talk)
    await finished(centre, talk.contact_id)
    before = await in_ledger(centre, talk.contact_id)
    assert times_of((await sides(centre, before))[0], SECRET_HZ)
    await _tell_found(talk, start, stop)

    async def look() -> bool:
        row = await in_ledger(centre, talk.contact_id)
        return bool(row.silenced)

    await until(look, 20, "silence")
    row = await in_ledger(centre, talk.contact_id)
    assert times_of((await sides(centre, row))[0], SECRET_HZ) == []
    assert (row.marks, row.seconds, row.heard_to) == (before.marks, before.seconds, 1)


async def test_a_pause_of_the_agent_outlives_that_for_a_secret(
    installation: Installation,
) -> None:
    centre = await installation({"media.recording.pause_for_secrets": "live"})
    talk = await talking(centre, "alice")
    await more_sound(centre)
    live_log, desk = centre.server.live_log, centre.server.desk
    asked = {"leg": "customer", "leg_id": "x", "at": 5.0, "until": 25.0}

    await live_log.append(talk.contact_id, EXPECTED, asked)
    await _pauses(centre, talk.contact_id, "secret_expected")
    await desk.pause_recording(talk.contact_id)
    await _pauses(centre, talk.contact_id, "secret_expected", "agent_pause")
    await live_log.append(talk.contact_id, OVER, {"leg": "customer", "leg_id": "x", "at": 6.0})
    await _pauses(centre, talk.contact_id, "agent_pause")
    await _says_secret(talk)
    await desk.resume_recording(talk.contact_id)
    await _pauses(centre, talk.contact_id)
    await more_sound(centre)

    # By itself it ends as well, when nobody says that it is over.
    await live_log.append(talk.contact_id, EXPECTED, {**asked, "until": 5.2})
    await _pauses(centre, talk.contact_id, "secret_expected")
    await _pauses(centre, talk.contact_id)
    await more_sound(centre)
    await end(talk)
    (row,) = await finished(centre, talk.contact_id)
    caller, _ = await sides(centre, row)
    assert times_of(caller, SECRET_HZ) == []
    reasons = [span["reason"] for span in row.details["silenced"]]
    assert sorted(reasons) == ["agent_pause", "secret_expected", "secret_expected"]
    # What is noted is what is silent, on a time line that stayed whole.
    for span in row.details["silenced"]:
        middle = caller[round((span["from"] + 0.15) * RATE) : round((span["to"] - 0.1) * RATE)]
        assert not middle.size or np.abs(middle).max() < 50
    assert row.details["gap_seconds"] < 0.3


async def test_keys_as_events_are_silenced_and_never_noted(installation: Installation) -> None:
    centre = await installation({"media.recording.pause_for_secrets": "live"})
    talk = await talking(centre, "alice")
    await more_sound(centre)
    await talk.caller.dtmf("42", duration=80)
    await talk.agent.wait_digits("42")
    await more_sound(centre, 6.0)  # these were no secret
    await talk.caller.dtmf("4929123456781234", duration=80)
    await talk.agent.wait_digits("424929123456781234")
    await _pauses(centre, talk.contact_id, "keyed")
    await _pauses(centre, talk.contact_id)
    await more_sound(centre)
    await end(talk)
    (row,) = await finished(centre, talk.contact_id)
    reasons = {(s["reason"], s["side"]) for s in row.details["silenced"]}
    assert reasons == {("keyed", "caller"), ("keyed", "both")}
    assert "4929" not in repr(row.details)
    assert not any("4929" in repr(line) for line in centre.log_lines)
    contact = await centre.record(talk.contact_id)
    assert not any("4929" in repr(event.data) for event in contact.events)
    log_folder = centre.server.settings.server.state_dir / "asterisk" / "log"
    for file in log_folder.rglob("*"):
        if file.is_file():
            assert b"4929" not in file.read_bytes()


async def test_keys_as_tones_are_silenced(installation: Installation, tmp_path: Path) -> None:
    """A telephone that sends tones within its sound: Asterisk takes no notice of them."""
    centre = await installation()
    talk = await talking(centre, "alice")
    await more_sound(centre)
    tones = tmp_path / "keys.wav"
    wav.write(tones, dtmf("4929123456781234"))
    await talk.caller.play(tones)
    await talk.caller.wait_played()
    await talk.caller.tone(CALLER_HZ)
    await hears(talk.agent, CALLER_HZ)
    await more_sound(centre, 1.0)
    await end(talk)
    (row,) = await finished(centre, talk.contact_id)
    caller, agent = await sides(centre, row)
    assert find_dtmf(caller) == find_dtmf(agent) == ""
    assert times_of(caller, CALLER_HZ)
    (span,) = row.details["silenced"]
    assert (span["reason"], span["side"]) == ("keyed", "caller")
    assert 3.0 < span["to"] - span["from"] < 4.5


async def test_switched_off_nothing_is_silenced(installation: Installation, tmp_path: Path) -> None:
    centre = await installation({"media.recording.pause_for_secrets": "off"})
    talk = await talking(centre, "alice")
    await more_sound(centre)
    await _tell_found(talk, *await _says_secret(talk))
    await talk.caller.dtmf("4929", duration=80)
    await talk.agent.wait_digits("4929")
    await more_sound(centre)
    await end(talk)
    (row,) = await finished(centre, talk.contact_id)
    caller, _ = await sides(centre, row)
    assert times_of(caller, SECRET_HZ)
    assert row.details["silenced"] == []
