"""What was told reaches the database, whatever is away meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from app.hearing.live_log import LiveLog
from app.hearing.transcript_writer import TranscriptWriter
from app.hearing.transcripts import TranscriptStore
from config.hearing import AfterCall
from core.clock import SystemClock, to_epoch
from core.events import EventBus
from core.ids import new_id
from core.redis import Keys
from tests.app.hearing.conftest import AT, KnownContact

FINAL: dict[str, Any] = {
    "leg": "customer", "leg_id": "leg-1", "at": 3.5, "start": 1.0, "end": 3.5,
    "words": [["hello", 1.0, 3.5, 0.9]], "language": "en", "confidence": 0.9, "engine": "w",
}  # fmt: skip


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest_asyncio.fixture
async def live_log(redis: Redis, bus: EventBus) -> AsyncIterator[LiveLog]:
    made = LiveLog(redis, Keys("test"), bus, SystemClock())
    yield made
    await made.close()


def writer_of(
    live_log: LiveLog, transcripts: TranscriptStore, after_call: AfterCall = AfterCall.DEFERRED
) -> TranscriptWriter:
    return TranscriptWriter(live_log, transcripts, SystemClock(), after_call=after_call)


async def tell(live_log: LiveLog, contact: str) -> None:
    """A short conversation."""
    started = {"leg": "customer", "leg_id": "leg-1", "at": 0.0, "epoch": to_epoch(AT)}
    await live_log.append(contact, "hearing.started", started)
    await live_log.append(contact, "transcript.partial", {"text": "hel"})
    await live_log.append(
        contact, "transcript.final", {**FINAL, "utterance": 1, "text": "my card is 4111"}
    )
    await live_log.append(contact, "transcript.final", {**FINAL, "utterance": 2, "text": ""})
    await live_log.append(
        contact, "transcript.final",
        {**FINAL, "leg": "agent", "leg_id": "leg-2", "utterance": 1, "text": "thank you"},
        agent_id="anna",
    )  # fmt: skip
    await live_log.append(
        contact, "transcript.corrected",
        {"leg": "customer", "leg_id": "leg-1", "at": 9.0, "utterance": 1,
         "text": "my card is ••••", "words": []},
    )  # fmt: skip
    await live_log.append(
        contact, "transcript.deferred",
        {"leg": "customer", "leg_id": "leg-1", "at": 20.0, "utterance": 3, "start": 18.0,
         "end": 20.0},
    )  # fmt: skip
    fact = {"kind": "card", "value": "••••1111", "valid": True, "confidence": 1.0, "data": {}}
    await live_log.append(contact, "facts.found", {"leg": "customer", "at": 20.0, "facts": [fact]})
    mood = {"score": 0.8, "reasons": [], "words": ["投诉"], "text": {"zh": "", "en": ""}}
    await live_log.append(contact, "emotion.crossed", {"leg": "customer", "at": 21.0, **mood})
    await live_log.append(contact, "hearing.stopped", {"leg": "customer", "at": 30.0})


async def test_all_of_it_is_stored_on_the_clock_of_the_wall(
    live_log: LiveLog, transcripts: TranscriptStore, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    await tell(live_log, contact)
    writer = writer_of(live_log, transcripts)
    assert await writer.drain(10)
    one, two = await transcripts.lines(contact)
    assert (one.text, one.words, one.n) == ("my card is ••••", [], 3)
    assert one.started_at == AT + timedelta(seconds=1)
    assert (two.text, two.leg, two.agent_id) == ("thank you", "agent", "anna")
    assert [fact.value for fact in await transcripts.facts(contact)] == ["••••1111"]
    (mark,) = await transcripts.marks(contact)
    assert (mark.kind, mark.n, mark.verdict) == ("crossed", 9, None)
    assert mark.reasons["words"] == ["投诉"]
    (work,) = await transcripts.work()
    assert (work.utterance, work.started_at) == (3, AT + timedelta(seconds=18))
    # Written once more, as after a crash: nothing doubles, nothing comes back.
    await live_log._redis.delete(Keys("test")("heard", "stored", contact))
    writer.on_event((await live_log.read(contact, after=2, count=1))[0])
    assert await writer.drain(10)
    assert [line.text for line in await transcripts.lines(contact)] == [one.text, two.text]


async def test_a_whole_conversation_is_one_piece_of_work(
    live_log: LiveLog, transcripts: TranscriptStore, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    await tell(live_log, contact)
    await live_log.append(contact, "hearing.stopped", {"leg": "agent", "at": 31.0})
    assert await writer_of(live_log, transcripts, AfterCall.WHOLE).drain(10)
    (work,) = await transcripts.work()
    assert (work.leg, work.utterance, work.started_at) == ("", 0, AT)


async def test_as_it_happens_and_once_the_contact_is_there(
    live_log: LiveLog, transcripts: TranscriptStore, known_contact: KnownContact, bus: EventBus
) -> None:
    """Its record is written by somebody else, now and then later than its words."""
    contact = new_id("con")
    writer = writer_of(live_log, transcripts)
    bus.listen(writer.on_event)
    writer.start()
    await tell(live_log, contact)
    assert not await writer.drain(0.5)
    assert await transcripts.lines(contact) == []
    await known_contact(contact_id=contact)
    assert await writer.drain(10)
    assert len(await transcripts.lines(contact)) == 2
    await writer.close()
