"""What one leg's words become: masked in every shape, corrected, understood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config.understanding import Understanding
from media.emotion.fusion import Sentiment
from media.hearing.senses import Senses
from media.hearing.told import Told
from media.hearing.words import LegWords
from media.recognition.contract import Heard, Kind
from media.recognition.engine import Word

EPOCH = 1_700_000_000.0


@pytest.fixture(scope="module")
def senses() -> Senses:
    return Senses.load(Understanding())


def heard(
    text: str, start: float = 1.0, *, utterance: int = 1, kind: Kind = Kind.FINAL,
    language: str = "en",
) -> Heard:  # fmt: skip
    pieces = list(text) if language == "zh" else text.split()
    words = tuple(
        Word(piece, start + i * 0.4, start + i * 0.4 + 0.3, 0.9) for i, piece in enumerate(pieces)
    )
    return Heard(
        kind, "leg", utterance, start, start + len(pieces) * 0.4, text=text, words=words,
        confidence=0.9, language=language, engine="whisper-base",
    )  # fmt: skip


def of(told: list[Told], type_: str) -> list[dict[str, Any]]:
    return [one.data for one in told if one.type == type_]


def shown(told: list[Told]) -> str:
    return json.dumps([one.data for one in told], ensure_ascii=False)


def test_a_plain_final(senses: Senses) -> None:
    words = LegWords(senses, epoch=EPOCH)
    told = words.final(heard("I have lost my credit card."))
    (final,) = of(told, "transcript.final")
    assert final["text"] == "I have lost my credit card."
    assert final["words"][0] == ["I", 1.0, 1.3, 0.9]
    assert (final["utterance"], final["language"], final["engine"]) == (1, "en", "whisper-base")


def test_a_card_in_one_breath_is_nowhere(senses: Senses) -> None:
    words = LegWords(senses, epoch=EPOCH)
    number = "4539 1488 0343 6467"
    told = words.partial(heard(f"my card is {number}", kind=Kind.PARTIAL))
    told += words.final(heard(f"my card is {number}"))
    for part in number.split():
        assert part not in shown(told).replace("••••6467", "")
    (found,) = of(told, "sensitive.found")
    assert found["kinds"] == ["card"]
    ((start, end),) = found["spans"]
    assert start <= 2.2
    assert end >= 3.7
    assert (found["from"], found["to"]) == (EPOCH + start, EPOCH + end)
    (facts,) = of(told, "facts.found")
    assert [(f["kind"], f["value"], f["valid"]) for f in facts["facts"]] == [
        ("card", "••••6467", True)
    ]


def test_a_card_in_several_breaths_takes_back_what_was_shown(senses: Senses) -> None:
    words = LegWords(senses, epoch=EPOCH)
    told: list[Told] = []
    for number, part in enumerate(["my card is 4539", "1488", "0343", "and then 6467"], 1):
        told += words.final(heard(part, number * 5.0, utterance=number))
    corrected = of(told, "transcript.corrected")
    assert {c["utterance"] for c in corrected} >= {1}
    texts = {c["utterance"]: c for c in of(told, "transcript.final")} | {
        c["utterance"]: c for c in corrected
    }
    kept = json.dumps([[c["text"], c["words"]] for c in texts.values()])
    for part in ("4539", "1488", "0343", "6467"):
        assert part not in kept
    assert {f["utterance"] for f in of(told, "sensitive.found")} == {1, 2, 3, 4}
    assert of(told, "sensitive.expected")


def test_digits_that_were_none_are_shown_again(senses: Senses) -> None:
    words = LegWords(senses, epoch=EPOCH)
    told = words.final(heard("it is 45391"))
    assert "45391" not in shown(told)
    assert of(told, "sensitive.expected")
    later = words.settle(40.0)
    assert [c["text"] for c in of(later, "transcript.corrected")] == ["it is 45391"]
    assert len(of(later, "sensitive.over")) == 1
    assert words.settle(41.0) == []


def test_a_secret_that_the_other_side_asks_for(senses: Senses) -> None:
    agent, customer = LegWords(senses, epoch=EPOCH), LegWords(senses, epoch=EPOCH)
    question = heard("What is the security code on the back?", 1.0)
    assert agent.final(question)
    expected = customer.asked(question.text, question.end)
    assert of(expected, "sensitive.expected")
    told = customer.final(heard("it is 737", 6.0))
    assert "737" not in shown(told)
    assert of(told, "sensitive.found")[0]["kinds"] == ["secret"]
    assert of(customer.settle(60.0), "sensitive.over")


def test_chinese_digits(senses: Senses) -> None:
    words = LegWords(senses, epoch=EPOCH)
    told = words.final(heard("卡号四五三九一四八八零三四三六四六七", language="zh"))
    assert "四五三九" not in shown(told)
    masked = of(told, "transcript.final")[0]
    assert [w[0] for w in masked["words"]][:2] == ["卡", "号"]
    assert {w[0] for w in masked["words"][2:]} == {"•"}


def test_what_was_put_off_keeps_what_stood_before_it_masked(senses: Senses) -> None:
    """Half of a card was heard live, the other half will be after the call."""
    words = LegWords(senses, epoch=EPOCH)
    words.final(heard("4539 1488", 1.0))
    put_off = Heard(Kind.DEFERRED, "leg", 2, 4.0, 6.0)
    (deferred,) = of(words.final(put_off), "transcript.deferred")
    assert deferred == {"utterance": 2, "start": 4.0, "end": 6.0}
    assert of(words.settle(60.0), "transcript.corrected") == []
    assert of(words.settle(None), "transcript.corrected") == []


def test_moods_and_intents(senses: Senses) -> None:
    felt: list[Sentiment] = []
    words = LegWords(senses, epoch=EPOCH, feel=felt.append)
    told = words.final(heard("我的信用卡丢了，我要挂失", language="zh"))
    assert of(told, "intent.recognised")
    words.final(heard("我要投诉，太差了", 9.0, utterance=2, language="zh"))
    assert felt[-1].value < -0.3
    assert "投诉" in felt[-1].words


def test_an_agents_words_are_masked_only(senses: Senses) -> None:
    words = LegWords(senses, epoch=EPOCH, understands=False)
    told = words.final(heard("your card 4539 1488 0343 6467 is blocked"))
    assert not of(told, "facts.found")
    assert not of(told, "intent.recognised")
    assert "6467" not in shown(told)


def test_a_phone_number_is_masked_where_that_is_configured() -> None:
    senses = Senses.load(Understanding(mask=frozenset({"card", "phone"})))
    words = LegWords(senses, epoch=EPOCH)
    told = words.final(heard("my number is 13800138000"))
    assert "13800138000" not in shown(told)
    facts = [f for data in of(told, "facts.found") for f in data["facts"]]
    assert [f["value"] for f in facts if f["kind"] == "phone"] == ["••••8000"]
