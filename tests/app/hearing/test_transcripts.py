"""Lines are kept once, corrected, found by words, and forgotten: on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.hearing.tables import EmotionMark, HeardFact, TranscriptWork
from app.hearing.transcripts import AFTER_CALL, Correction, Found, Line, TranscriptStore
from app.recordings.tables import LegalHoldRow
from core.errors import BadInput
from core.ids import new_id
from tests.app.hearing.conftest import AT, KnownContact


def line(contact: str, said: str, *, utterance: int = 1, **fields: Any) -> Line:
    start = AT + timedelta(seconds=10 * utterance)
    values: dict[str, Any] = {
        "leg": "customer", "leg_id": "leg-1", "started_at": start,
        "ended_at": start + timedelta(seconds=2), "language": "en", "engine": "whisper-base",
        "words": [[said, 10.0, 12.0, 0.9]], "confidence": 0.9, "n": utterance, **fields,
    }  # fmt: skip
    return Line(contact_id=contact, utterance=utterance, text=said, **values)


def texts(found: list[Found]) -> list[str]:
    return [one.text for one in found]


async def test_a_line_is_kept_once(
    transcripts: TranscriptStore, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    await transcripts.add(line(contact, "second", utterance=2), line(contact, "first"))
    await transcripts.add(line(contact, "first, better"))
    kept = await transcripts.lines(contact)
    assert [(row.text, row.utterance) for row in kept] == [("first, better", 1), ("second", 2)]
    assert kept[0].words == [["first, better", 10.0, 12.0, 0.9]]
    assert kept[0].started_at == AT + timedelta(seconds=10)


async def test_corrections_change_text_words_and_what_is_found(
    transcripts: TranscriptStore, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    await transcripts.add(line(contact, "my number is 4111"))
    assert texts(await transcripts.search("4111")) == ["my number is 4111"]
    words = [["••••", 1.0, 2.0, 0.5]]
    await transcripts.correct(Correction(contact, "leg-1", 1, "my number is ••••", words))
    assert await transcripts.search("4111") == []
    (found,) = await transcripts.search("number is")
    assert found.text == "my number is ••••"
    assert (await transcripts.lines(contact))[0].words == words


async def test_words_are_found_in_both_languages(
    transcripts: TranscriptStore, known_contact: KnownContact
) -> None:
    contact, other = await known_contact(), await known_contact()
    await transcripts.add(
        line(contact, "您好，我的信用卡丢了。", utterance=1, language="zh"),
        line(contact, "I have lost my credit card.", utterance=2),
        line(other, "这张卡的信用很好，用吧", utterance=3, language="zh", leg="agent"),
        line(other, "The card that I lost has my credit.", utterance=4),
    )
    (found,) = await transcripts.search("信用卡")
    assert found.contact_id == contact
    assert [found.text[a:b] for a, b in found.marks] == ["信用卡"]
    assert texts(await transcripts.search("CREDIT card")) == ["I have lost my credit card."]
    assert len(await transcripts.search("card")) == 2
    assert texts(await transcripts.search("卡")) == [
        "这张卡的信用很好，用吧",
        "您好，我的信用卡丢了。",
    ]
    assert texts(await transcripts.search("卡", leg="customer")) == ["您好，我的信用卡丢了。"]
    assert await transcripts.search("credit lost") == []
    after, before = AT + timedelta(seconds=15), AT + timedelta(seconds=25)
    within = await transcripts.search("lost", after=after, before=before)
    assert texts(within) == ["I have lost my credit card."]
    assert len(await transcripts.search("lost", limit=1)) == 1


@pytest.mark.parametrize("query", ["", " ", "?!", '"', "•••"])
async def test_a_question_without_a_word_is_refused(
    transcripts: TranscriptStore, query: str
) -> None:
    with pytest.raises(BadInput):
        await transcripts.search(query)


@pytest.mark.parametrize(
    "query", ['a" OR "b', "a AND b", "NEAR(a b)", "a*", "tokens: a", "'; DROP"]
)
async def test_signs_of_a_query_language_mean_nothing(
    transcripts: TranscriptStore, known_contact: KnownContact, query: str
) -> None:
    contact = await known_contact()
    await transcripts.add(line(contact, "a x b"))
    found = await transcripts.search(query)
    assert texts(found) in ([], ["a x b"])
    assert bool(found) == (query in ("a*",))


async def test_what_was_recognised_better_takes_its_place(
    transcripts: TranscriptStore, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    await transcripts.add(
        line(contact, "lost cart", utterance=1), line(contact, "agent", utterance=2, leg="agent")
    )
    until = AT + timedelta(minutes=5)
    assert await transcripts.supersede(contact, "customer", since=AT, until=until) == 1
    better = line(contact, "lost card", utterance=1, leg_id="rec-1", source=AFTER_CALL, n=0)
    await transcripts.add(better)
    assert [row.text for row in await transcripts.lines(contact)] == ["lost card", "agent"]
    assert len(await transcripts.lines(contact, superseded=True)) == 3
    assert texts(await transcripts.search("lost")) == ["lost card"]
    await transcripts.add(line(contact, "lost cart", utterance=1))  # told once more
    assert texts(await transcripts.search("lost")) == ["lost card"]


async def test_lines_of_an_unknown_contact_are_refused(transcripts: TranscriptStore) -> None:
    with pytest.raises(BadInput):
        await transcripts.add(line(new_id("con"), "hello"))


async def test_all_goes_with_the_contact_and_with_time(
    transcripts: TranscriptStore, known_contact: KnownContact, engine: AsyncEngine
) -> None:
    old = await known_contact(AT - timedelta(days=40))
    kept = await known_contact(AT - timedelta(days=40))
    new, erased = await known_contact(), await known_contact()
    for contact in (old, kept, new, erased):
        await transcripts.add(line(contact, "hello there"))
        shared = {"contact_id": contact, "n": 2, "leg": "customer"}
        await transcripts.write(
            [
                (HeardFact, {**shared, "at": AT, "kind": "card", "value": "••••1111",
                             "valid": True, "confidence": 1.0, "data": {}}),
                (EmotionMark, {**shared, "at": AT, "kind": "crossed", "score": 0.8,
                               "reasons": {"words": ["投诉"]}}),
                (TranscriptWork, {**shared, "leg_id": "l", "utterance": 3, "language": "zh",
                                  "started_at": AT, "ended_at": AT, "state": "pending",
                                  "attempts": 0, "noted_at": AT}),
            ]
        )  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM contact WHERE id = :id"), {"id": erased})
        await connection.execute(
            insert(LegalHoldRow).values(
                id="hold", contact_id=kept, matter="a case", reason="", placed_by="judge",
                placed_at=AT,
            )
        )  # fmt: skip
    assert await transcripts.purge(AT - timedelta(days=30)) == 1
    for contact, count in ((old, 0), (kept, 1), (new, 1), (erased, 0)):
        assert len(await transcripts.lines(contact)) == count
        assert len(await transcripts.facts(contact)) == count
        assert len(await transcripts.marks(contact)) == count
    assert {row.contact_id for row in await transcripts.work()} == {kept, new}
    assert {found.contact_id for found in await transcripts.search("hello")} == {kept, new}


async def test_work_is_done_once(transcripts: TranscriptStore, known_contact: KnownContact) -> None:
    contact = await known_contact()
    values = {
        "contact_id": contact, "n": 1, "leg": "agent", "leg_id": "l", "utterance": 3,
        "language": "zh", "started_at": AT, "ended_at": AT, "state": "pending", "attempts": 0,
        "noted_at": AT,
    }  # fmt: skip
    await transcripts.write([(TranscriptWork, values)])
    (work,) = await transcripts.work()
    assert await transcripts.pending() == 1
    await transcripts.worked(work.id, "done")
    await transcripts.write([(TranscriptWork, values)])  # told once more
    assert await transcripts.work() == []
    assert await transcripts.pending() == 0
