"""Recordings: stereo, in time, one a conversation, and never at the call's expense."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest

from acd.agent_states import AgentState
from acd.records.tables import RecordingRow
from media import wav
from media.tones import RATE, Samples, goertzel, has_tone
from sip.verbs import NoSuchChannel
from sip.voice.desk import Target
from tests.support.installation import Centre, Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, THIRD_HZ, Talk, answer, hears, talking
from tests.support.wait import until

_STEP = RATE // 50


async def _finished(centre: Centre, contact_id: str, count: int = 1) -> list[RecordingRow]:
    """The contact's recordings once they are closed, in order."""

    async def look() -> list[RecordingRow] | None:
        rows = (await centre.record(contact_id)).recordings
        open_ = [r for r in rows if r.details.get("state") == "recording"]
        return list(rows) if len(rows) == count and not open_ else None

    rows = await until(look, 15, f"{count} finished recordings")
    return sorted(rows, key=lambda row: row.id)


def _sides(centre: Centre, row: RecordingRow) -> tuple[Samples, Samples]:
    folder = centre.server.settings.media.recording_folder(centre.server.settings.server.state_dir)
    samples, rate = wav.read(folder / row.path)
    assert rate == RATE
    return samples[:, 0], samples[:, 1]


def _begins(side: Samples, hz: int) -> float:
    """Seconds at which the tone begins."""
    for at in range(0, len(side) - 2 * _STEP, _STEP):
        if has_tone(side[at : at + 2 * _STEP], hz):
            return at / RATE
    raise AssertionError(f"no tone of {hz} Hz")


def _without(side: Samples, hz: int) -> float:
    """Seconds without the tone."""
    windows = [side[at : at + _STEP] for at in range(0, len(side) - _STEP, _STEP)]
    return sum(not has_tone(window, hz) for window in windows) * _STEP / RATE


async def _more_sound(centre: Centre, seconds: float = 0.5) -> None:
    """Wait until so much more is on disk: what is said just before the end is not."""
    folder = centre.server.settings.server.state_dir / "recordings" / "raw"

    def newest() -> tuple[str, float]:
        files = sorted(folder.glob("*.raw"))
        return (files[-1].name, files[-1].stat().st_size / (4 * RATE)) if files else ("", 0.0)

    name, before = newest()

    def more() -> bool:
        now, recorded = newest()
        return recorded - (before if now == name else 0.0) >= seconds

    await until(lambda: more() or None, 15, "more of the recording")


async def _end(talk: Talk) -> None:
    await talk.caller.hangup()
    await talk.over()


async def test_caller_left_agent_right_and_both_in_time(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    began = (await centre.wait_event("contact.recording_noted")).at.timestamp()
    await talk.caller.tone(660)
    heard_by_agent = await talk.agent.hear_tone(660)
    await talk.agent.tone(1200)
    heard_by_caller = await talk.caller.hear_tone(1200)
    await _more_sound(centre)
    await _end(talk)
    (row,) = await _finished(centre, talk.contact_id)
    assert (row.agent_id, row.channels, row.sample_rate) == ("alice", 2, 8000)
    assert row.started_at is not None
    assert row.ended_at is not None
    caller, agent = _sides(centre, row)
    assert row.bytes == len(caller) * 4 + 44
    assert abs((row.ended_at - row.started_at).total_seconds() - len(caller) / RATE) < 0.01
    assert 0 <= row.started_at.timestamp() - began < 1
    for side, mine, theirs in ((caller, CALLER_HZ, AGENT_HZ), (agent, AGENT_HZ, CALLER_HZ)):
        assert goertzel(side, mine) > 100 * goertzel(side, theirs)
    start = row.started_at.timestamp()
    assert abs(_begins(caller, 660) - (heard_by_agent - start)) < 0.1
    assert abs(_begins(agent, 1200) - (heard_by_caller - start)) < 0.1


async def test_pause_leaves_silence(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    desk = centre.server.desk
    await desk.pause_recording(talk.contact_id)
    await talk.caller.tone(660)  # nothing of this may be in the file
    await hears(talk.agent, 660)
    await talk.caller.tone(CALLER_HZ)
    await hears(talk.agent, CALLER_HZ, but_not=(660,))
    await desk.resume_recording(talk.contact_id)
    await talk.caller.tone(1500)
    await hears(talk.agent, 1500)
    await _more_sound(centre)
    await _end(talk)
    (row,) = await _finished(centre, talk.contact_id)
    caller, _ = _sides(centre, row)
    assert not any(
        has_tone(caller[at : at + _STEP], 660) for at in range(0, len(caller) - _STEP, _STEP)
    )
    resumed = _begins(caller, 1500)
    middle = caller[: round(resumed * RATE)]
    quiet = [np.abs(middle[i : i + _STEP]).max() < 50 for i in range(0, len(middle), _STEP)]
    assert sum(quiet) * 0.02 > 0.1
    with pytest.raises(NoSuchChannel):
        await desk.pause_recording(talk.contact_id)


async def test_hold_is_within_one_recording(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    await centre.server.router.hold(talk.contact_id)
    await talk.caller.miss_tone(AGENT_HZ)
    await centre.server.router.resume(talk.contact_id)
    await talk.caller.tone(1500)
    await hears(talk.agent, 1500)
    await _more_sound(centre)
    await _end(talk)
    (row,) = await _finished(centre, talk.contact_id)
    caller, agent = _sides(centre, row)
    assert _begins(caller, 1500) > _begins(caller, CALLER_HZ)
    assert _without(agent, AGENT_HZ) > 0.1


async def test_one_a_conversation(installation: Installation) -> None:
    """Transfer to a queue, then attended to a third agent: three recordings."""
    centre = await installation()
    talk = await talking(centre, "alice")
    await _more_sound(centre)
    await centre.server.router.set_not_ready("alice", "break")
    await centre.server.router.transfer_to_queue(talk.contact_id, "support")
    carol = await centre.agent("carol")
    second = await answer(centre, carol, talk.caller)
    await _more_sound(centre)
    bob = await centre.agent("bob", ready=False)
    await centre.server.desk.consult(talk.contact_id, Target(agent_id="bob"))
    third = await bob.phone.next_incoming()
    await third.answer()
    await third.tone(THIRD_HZ)
    await hears(second.agent, THIRD_HZ)
    await centre.server.desk.consult_complete(talk.contact_id)
    await hears(talk.caller, THIRD_HZ)
    await hears(third, CALLER_HZ)
    await _more_sound(centre, 1.5)
    await talk.caller.hangup()
    await third.wait_state("disconnected")
    rows = await _finished(centre, talk.contact_id, 3)
    assert [row.agent_id for row in rows] == ["alice", "carol", "bob"]
    for row, hz in zip(rows, (AGENT_HZ, AGENT_HZ, THIRD_HZ), strict=True):
        _, agent = _sides(centre, row)
        _begins(agent, hz)
        if hz != THIRD_HZ:
            assert goertzel(agent, hz) > 100 * goertzel(agent, THIRD_HZ)


async def test_every_agent_of_several_is_in_their_recording(installation: Installation) -> None:
    """Handed to and fro, each agent's leg has RTP sequence numbers of its own. Where a
    recording begins while the one before still hangs on the channel, an agent whose
    numbers are the lower ones would be missing."""
    centre = await installation()
    talk = await talking(centre, "alice")
    await centre.server.router.set_not_ready("alice", "break")
    desks = {"alice": talk.desk, "bob": await centre.agent("bob", ready=False)}
    tones = {"alice": AGENT_HZ, "bob": THIRD_HZ}
    spoke, call = "alice", talk.agent
    await _more_sound(centre)
    for agent in ("bob", "alice", "bob"):
        await centre.server.desk.consult(talk.contact_id, Target(agent_id=agent))
        second = await desks[agent].phone.next_incoming()
        await second.answer()
        await second.tone(tones[agent])
        await hears(call, tones[agent])
        await centre.server.desk.consult_complete(talk.contact_id)
        await hears(talk.caller, tones[agent])
        await hears(second, CALLER_HZ)
        await _more_sound(centre)
        await call.wait_state("disconnected")
        await centre.wait_agent(spoke, AgentState.NOT_READY)
        spoke, call = agent, second
    await talk.caller.hangup()
    await call.wait_state("disconnected")
    rows = await _finished(centre, talk.contact_id, 4)
    assert [row.agent_id for row in rows] == ["alice", "bob", "alice", "bob"]
    for row in rows:
        assert row.agent_id is not None
        caller, agent_side = _sides(centre, row)
        _begins(caller, CALLER_HZ)
        _begins(agent_side, tones[row.agent_id])
    assert "recording.beside_another" not in {line["event"] for line in centre.log_lines}


@pytest.mark.parametrize(
    "off",
    [
        {"media.recording.enabled": "false"},
        {"queues.support.recorded": "false"},
        {"agents.alice.recorded": "false"},
    ],
    ids=["company", "queue", "agent"],
)
async def test_recording_is_off(installation: Installation, off: dict[str, str]) -> None:
    centre = await installation(off)
    talk = await talking(centre, "alice")
    await _end(talk)
    assert (await centre.record(talk.contact_id)).recordings == []
    folder: Path = centre.server.settings.server.state_dir / "recordings"
    assert not list(folder.rglob("*.*"))


async def test_a_disk_that_fails_costs_the_recording_not_the_call(
    installation: Installation,
) -> None:
    centre = await installation()
    raw = centre.server.settings.server.state_dir / "recordings" / "raw"
    await asyncio.to_thread(shutil.rmtree, raw)
    await asyncio.to_thread(raw.write_text, "a file where the folder should be")
    centre.expected_errors |= {"recording.failed"}
    talk = await talking(centre, "alice")
    await talk.both_hear()
    await _end(talk)
    await centre.wait_agent("alice", AgentState.READY)
    (row,) = await _finished(centre, talk.contact_id)
    assert row.details["state"] == "failed"
    assert any(line["event"] == "recording.failed" for line in centre.log_lines)
