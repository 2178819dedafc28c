"""Messages that callers leave: recorded, kept, and handed to an agent as a task."""

from __future__ import annotations

import wave
from pathlib import Path

from acd.model import Contact, EndReason, Medium
from acd.records.tables import RecordingRow
from agent_softphone.remote_call import Call
from tests.e2e.test_http_calls import signed_in
from tests.support import hearing
from tests.support.installation import Centre, Installation
from tests.support.wait import until

SPOKEN_HZ = 440


async def _speaks(centre: Centre, number: str = "4004") -> Call:
    """A caller who has heard the tone and speaks."""
    call = await centre.call(number)
    await call.tone(SPOKEN_HZ)
    await until(lambda: list(_raw(centre).glob("con_*.sln")), 20, "the recording")
    return call


def _raw(centre: Centre) -> Path:
    state = centre.server.settings.server.state_dir
    return centre.server.settings.media.recording_folder(state) / "raw"


async def _grown(centre: Centre, seconds: float = 2.0) -> None:
    def look() -> bool:
        return any(p.stat().st_size > seconds * 16000 for p in _raw(centre).glob("con_*.sln"))

    await until(look, 20, f"{seconds} s of sound")


async def _task(centre: Centre) -> Contact:
    async def look() -> Contact | None:
        tasks = [c for c in await centre.contacts() if c.medium is Medium.TASK and c.queue]
        return tasks[0] if tasks else None

    return await until(look, 15, "the task")


async def _finished(centre: Centre, contact_id: str) -> RecordingRow:
    async def look() -> RecordingRow | None:
        record = await centre.record(contact_id)
        done = [r for r in record.recordings if r.details["state"] == "finished"]
        return done[0] if done else None

    return await until(look, 15, "the finished recording")


async def _done(centre: Centre, task: Contact, agent: str) -> None:
    """The agent takes the task and finishes it."""
    await centre.wait_state(task.id, "offered")
    offer_id = (await centre.server.router.contacts.get(task.id)).offer_id
    assert offer_id is not None
    await centre.server.router.agent_answered(offer_id)
    await centre.wait_state(task.id, "connected")
    await centre.server.router.end(task.id)
    assert (await centre.record(task.id)).contact.end_reason == EndReason.AGENT_HUNG_UP


async def test_a_message_comes_to_an_agent(installation: Installation) -> None:
    centre = await installation()
    call = await _speaks(centre)
    await _grown(centre)
    await call.dtmf("#")
    task = await _task(centre)
    assert (task.channel, task.queue) == ("voicemail", "support")
    assert task.customer_number == "13800000001"
    await call.wait_state("disconnected", 15)  # after the thanks
    contact_id = task.attributes["message_of"]
    recording = await _finished(centre, contact_id)
    assert recording.id == task.attributes["message"]
    assert recording.details["kind"] == "voicemail"
    record = await centre.record(contact_id)
    assert record.contact.end_reason == EndReason.LEFT_MESSAGE
    file = _raw(centre).parent / recording.path
    with wave.open(str(file)) as wav:
        assert (wav.getframerate(), wav.getnchannels()) == (8000, 1)
        assert wav.getnframes() / 8000 >= 1.5  # less what Asterisk cuts off with the key
    samples = hearing.load(file)
    assert abs(samples).max() > 1000
    assert not list(_raw(centre).glob("*.sln"))
    alice = await centre.agent("alice")
    await _done(centre, task, "alice")
    assert not alice.phone.calls


async def test_who_hangs_up_has_left_a_message_too(installation: Installation) -> None:
    centre = await installation({"queues.support.hours": "never"})  # it waits all the same
    call = await _speaks(centre)
    await _grown(centre)
    await call.hangup()
    task = await _task(centre)
    record = await centre.record(task.attributes["message_of"])
    assert record.contact.end_reason == EndReason.LEFT_MESSAGE
    await centre.agent("alice")
    await _done(centre, task, "alice")


async def test_who_says_nothing(installation: Installation) -> None:
    centre = await installation()
    call = await centre.call("4004")
    await until(lambda: list(_raw(centre).glob("con_*.sln")), 20, "the recording")
    await call.hangup()
    ended = await centre.wait_event("contact.ended")
    assert ended.contact_id is not None
    record = await centre.record(ended.contact_id)
    assert record.contact.end_reason == EndReason.ABANDONED_IN_IVR
    assert [r.details["state"] for r in record.recordings] == ["empty"]


async def test_closed_takes_a_message(installation: Installation) -> None:
    centre = await installation(
        {"queues.support.hours": "never", "queues.support.overflow.closed": "voicemail"}
    )
    call = await _speaks(centre, "4000")
    await _grown(centre)
    await call.hangup()
    task = await _task(centre)
    assert task.queue == "support"
    await centre.agent("alice")
    await _done(centre, task, "alice")


async def test_the_agent_takes_it_and_hears_it_over_http(installation: Installation) -> None:
    centre = await installation()
    call = await _speaks(centre)
    await _grown(centre)
    await call.hangup()
    task = await _task(centre)
    await _finished(centre, task.attributes["message_of"])
    async with signed_in(centre, "alice") as alice, signed_in(centre, "bob") as bob:
        await centre.agent("alice")
        await centre.wait_state(task.id, "offered")
        offer_id = (await centre.the_contact()).offer_id
        message = f"/api/contacts/{task.id}/message"
        assert await bob.refused("GET", message) == "not_your_contact"
        await alice.ask("POST", f"/api/offers/{offer_id}/accept")
        await centre.wait_state(task.id, "connected")
        async with alice.http.get(message) as answer:
            assert answer.content_type == "audio/wav"
            assert (await answer.read())[:4] == b"RIFF"
        assert await alice.refused("POST", f"/api/contacts/{task.id}/hold") == "not_allowed"
        await alice.ask("POST", f"/api/contacts/{task.id}/hang-up")
        await centre.record(task.id)
        await alice.ask("POST", "/api/agents/me/log-out")
