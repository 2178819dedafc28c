"""Waiting: music, announcements, order, and all the reasons not to wait."""

from __future__ import annotations

from pathlib import Path

from acd.model import EndReason, SegmentKind
from agent_softphone.remote_call import Call
from tests.support import hearing
from tests.support.installation import Centre, Installation
from tests.support.talk import answer
from tests.support.wait import until

MEDIA = Path(__file__).parents[2] / "media"
TOO_LONG = {
    "queues.support.longest_expected_wait_seconds": "30",
    "queues.support.expected_handling_seconds": "600",
}
MUSIC = hearing.load(sorted((MEDIA / "music" / "default").glob("*.wav"))[0])


def _prompt(name: str, language: str = "en") -> hearing.Samples:
    return hearing.load(MEDIA / "prompts" / language / f"{name}.wav")


async def _heard(file: Path, name: str, *, after: float = 0.0, timeout: float = 20) -> float:
    """When, in the recording ``file``, the prompt began (at ``after`` seconds at the
    earliest); waits for it."""
    prompt = _prompt(name)

    def look() -> tuple[float] | None:
        if not file.exists():
            return None
        at = hearing.find(prompt, hearing.load(file)[round(after * hearing.RATE) :])
        return None if at is None else (after + at,)

    return (await until(look, timeout, f"the prompt {name}"))[0]


async def _recorded(centre: Centre, call: Call, folder: Path) -> Path:
    file = folder / f"{call.id}.wav"
    await call.record(file)
    return file


async def _queued(centre: Centre, number: str) -> tuple[Call, str]:
    """A call that waits, and its contact."""
    known = {e.contact_id for e in centre.events if e.type == "contact.queued"}
    call = await centre.call(number)

    def look() -> str | None:
        new = {e.contact_id for e in centre.events if e.type == "contact.queued"} - known
        return new.pop() if new else None

    return call, await until(look, 15, "a queued contact")


async def test_music_and_position(installation: Installation, tmp_path: Path) -> None:
    centre = await installation()
    first, _ = await _queued(centre, "4000")
    second, contact = await _queued(centre, "4000")
    heard = await _recorded(centre, second, tmp_path)
    await first.record(tmp_path / "first.wav")
    told = await _heard(heard, "queue-position-before")
    assert told > 3.0
    number = await _heard(heard, "number-2", after=told)
    after = await _heard(heard, "queue-position-after", after=number)
    thanks = await _heard(heard, "queue-thanks", after=after)
    # Music before the announcement, and again after it.
    samples = hearing.load(heard)
    assert hearing.same_music(MUSIC, samples[8000:16000])
    end = round((thanks + 1.3) * hearing.RATE)
    await until(lambda: len(hearing.load(heard)) > end + 12000 or None, 15, "more music")
    assert hearing.same_music(MUSIC, hearing.load(heard)[end : end + 8000])
    await _heard(tmp_path / "first.wav", "queue-next")
    # The first leaves: the second is next, and is told so.
    await first.hangup()
    await _heard(heard, "queue-next")
    await second.hangup()
    record = await centre.record(contact)
    assert record.contact.end_reason == EndReason.ABANDONED_IN_QUEUE


async def test_an_agent_answers_in_the_middle_of_an_announcement(
    installation: Installation, tmp_path: Path
) -> None:
    centre = await installation()
    call, _ = await _queued(centre, "4000")
    await _heard(await _recorded(centre, call, tmp_path), "queue-next")
    talk = await answer(centre, await centre.agent("alice"), call)
    await talk.both_hear()
    await talk.agent.hangup()
    await talk.over()


async def test_priority_then_age(installation: Installation) -> None:
    centre = await installation()
    calls = dict([await _queued(centre, number) for number in ("4000", "4000", "4002", "4002")])
    names = {contact: index for index, contact in enumerate(calls.values())}
    alice = await centre.agent("alice")
    order = []
    for _ in calls:
        ringing = await alice.phone.next_incoming()
        contact = await centre.contact_of("alice")
        order.append(names[contact])
        await ringing.answer()
        await centre.wait_state(contact, "connected")
        await ringing.hangup()
        await centre.wait_event("contact.ended", contact=contact)
    assert order == [2, 3, 0, 1]


async def test_full_overflows_to_another_queue(installation: Installation) -> None:
    centre = await installation(
        {"queues.support.max_waiting": "1", "queues.support.overflow.full": "queue:vip"}
    )
    first, _ = await _queued(centre, "4000")
    second, contact = await _queued(centre, "4000")
    assert (await centre.wait_state(contact, "queued")).queue == "vip"
    talk = await answer(centre, await centre.agent("alice"), second)
    assert talk.contact_id == contact
    await second.hangup()
    await first.hangup()


async def test_full_and_nowhere_to_go(installation: Installation, tmp_path: Path) -> None:
    centre = await installation({"queues.support.max_waiting": "1"})
    first, _ = await _queued(centre, "4000")
    second = await centre.call("4000")
    await _heard(await _recorded(centre, second, tmp_path), "queue-full")
    await second.wait_state("disconnected")
    ended = await centre.wait_event("contact.ended")
    assert ended.contact_id is not None
    record = await centre.record(ended.contact_id)
    assert record.contact.end_reason == EndReason.QUEUE_FULL
    assert SegmentKind.QUEUE not in [s.kind for s in record.segments]
    await first.hangup()


async def test_too_long_overflows_to_another_queue(installation: Installation) -> None:
    """While the only agent talks, the next one would have to wait for longer than the queue
    allows; nobody need have waited so long yet."""
    centre = await installation({**TOO_LONG, "queues.support.overflow.too_long": "queue:vip"})
    first = await centre.call("4000")
    talk = await answer(centre, await centre.agent("alice"), first)
    second, contact = await _queued(centre, "4000")
    waiting = await centre.wait_state(contact, "queued")
    assert waiting.queue == "vip"
    assert [s.queue for s in waiting.segments if s.kind == SegmentKind.QUEUE] == ["vip"]
    await talk.agent.hangup()
    await talk.over()
    # Who is free is free: nobody has to wait too long now.
    again = await answer(centre, talk.desk, second)
    assert again.contact_id == contact
    await again.agent.hangup()
    await again.over()


async def test_too_long_and_nowhere_to_go(installation: Installation, tmp_path: Path) -> None:
    """Without a way of its own it is that of a full queue."""
    centre = await installation(TOO_LONG)
    first = await centre.call("4000")
    talk = await answer(centre, await centre.agent("alice"), first)
    second = await centre.call("4000")
    await _heard(await _recorded(centre, second, tmp_path), "queue-full")
    await second.wait_state("disconnected")
    await _ended_as(centre, EndReason.QUEUE_FULL)
    await talk.agent.hangup()
    await talk.over()


async def test_closed(installation: Installation, tmp_path: Path) -> None:
    centre = await installation({"queues.support.hours": "never"})
    call = await centre.call("4000")
    await _heard(await _recorded(centre, call, tmp_path), "closed")
    await call.wait_state("disconnected")
    await _ended_as(centre, EndReason.CLOSED)


async def test_closed_with_a_flow_for_it(installation: Installation) -> None:
    centre = await installation(
        {"queues.support.hours": "never", "queues.support.overflow.closed": "flow:closed"}
    )
    call = await centre.call("4000")
    await call.wait_state("disconnected")
    await _ended_as(centre, EndReason.CLOSED)


async def test_a_number_with_hours(installation: Installation) -> None:
    centre = await installation(
        {"numbers.4000.hours": "never", "numbers.4000.closed_flow": "closed"}
    )
    call = await centre.call("4000")
    await call.wait_state("disconnected")
    await _ended_as(centre, EndReason.CLOSED)


async def test_overflows_in_a_circle_end(installation: Installation) -> None:
    centre = await installation(
        {"queues.support.hours": "never", "queues.support.overflow.closed": "flow:direct"}
    )
    centre.expected_errors.add("flow.overflows_in_a_circle")
    call = await centre.call("4000")
    await call.wait_state("disconnected")
    await _ended_as(centre, EndReason.CLOSED)


async def test_who_has_waited_too_long_goes_on(installation: Installation) -> None:
    centre = await installation(
        {"queues.support.overflow.after_seconds": "2", "queues.support.overflow.after": "queue:vip"}
    )
    call, contact = await _queued(centre, "4000")
    age = (await centre.the_contact()).enqueued_at

    async def look() -> bool:
        return (await centre.the_contact()).queue == "vip"

    await until(look, 10, "the overflow")
    now = await centre.the_contact()
    assert now.enqueued_at == age
    first = next(s for s in now.segments if s.kind == SegmentKind.QUEUE)
    assert first.ended_at is not None
    assert 1.9 < (first.ended_at - first.started_at).total_seconds() < 4
    talk = await answer(centre, await centre.agent("alice"), call)
    assert talk.contact_id == contact
    # Back in the first queue after a talk, its patience begins anew.
    await centre.server.router.set_not_ready("alice", "break")
    await centre.server.router.transfer_to_queue(contact, "support")
    again = await centre.wait_state(contact, "queued")
    assert again.queue == "support"
    await until(look, 10, "the second overflow")
    second = [s for s in (await centre.the_contact()).segments if s.kind == SegmentKind.QUEUE][-2]
    assert second.ended_at is not None
    assert (second.ended_at - second.started_at).total_seconds() > 1.9
    await call.hangup()


async def test_an_unknown_number(installation: Installation) -> None:
    centre = await installation()
    call = await centre.call("5555")
    await call.wait_state("disconnected")
    assert call.code == 404
    ended = await centre.wait_event("contact.ended")
    assert ended.contact_id is not None
    record = await centre.record(ended.contact_id)
    assert record.contact.end_reason == EndReason.NUMBER_UNKNOWN
    assert (record.contact.dialled_number, record.contact.hangup_cause) == ("5555", 1)


async def test_more_contacts_than_allowed(installation: Installation) -> None:
    centre = await installation({"server.limits.contacts": "1"})
    first, _ = await _queued(centre, "4000")
    second = await centre.call("4000")
    await second.wait_state("disconnected")
    assert second.code == 503
    await _ended_as(centre, EndReason.REFUSED)
    await first.hangup()
    await centre.wait_quiet()
    third, _ = await _queued(centre, "4000")
    await third.hangup()


async def _ended_as(centre: Centre, reason: EndReason) -> None:
    ended = await centre.wait_event("contact.ended")
    assert ended.contact_id is not None
    record = await centre.record(ended.contact_id)
    assert record.contact.end_reason == reason
