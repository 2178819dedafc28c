"""Whisper, live, on the sentences of the demo."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np
import pytest

from media import tones, wav
from media.recognition.contract import Heard, Kind
from media.recognition.grammar import Grammar
from media.vad.turns import Ended, Started
from tests.media.recognition.speech import MEDIA, SHARED, listening, say, speech, texts


async def test_a_sentence_comes_as_partials_committed_words_and_one_final() -> None:
    async with listening() as listener:
        events = await say(listener, speech("en/customer-lost-card"), language="en")
    heard = [e for e in events if isinstance(e, Heard)]
    kinds = [e.kind for e in heard]
    assert kinds.count(Kind.FINAL) == 1
    assert kinds[-1] is Kind.FINAL
    assert kinds.count(Kind.PARTIAL) >= 4
    assert Kind.COMMITTED in kinds
    final = heard[-1]
    assert "lost my credit card" in final.text
    assert final.language == "en"
    assert final.engine == "whisper-base"
    assert final.confidence > 0.6
    # Times are on the leg's clock, rise, and lie within the utterance.
    started = next(e for e in events if isinstance(e, Started))
    ended = next(e for e in events if isinstance(e, Ended))
    assert started.start == final.start < final.words[0].end
    assert [w.start for w in final.words] == sorted(w.start for w in final.words)
    assert final.words[-1].end == pytest.approx(ended.end, abs=0.5)
    card = next(w for w in final.words if w.text.lower() == "card")
    assert card.confidence > 0.5
    # What is committed is never taken back.
    committed = [e.text.lower() for e in heard if e.kind is Kind.COMMITTED]
    assert all(b.startswith(a) for a, b in pairwise(committed))
    plain = "".join(c for c in final.text.lower() if c.isalnum() or c == " ")
    assert plain.startswith(committed[-1])


async def test_mandarin_in_simplified_characters_and_languages_told_apart() -> None:
    async with listening(workers=2) as listener:
        told, found, english = await asyncio.gather(
            say(listener, speech("zh-CN/customer-address-change"), language="zh", leg="a"),
            say(listener, speech("zh-CN/customer-address-change"), leg="b"),
            say(listener, speech("en/customer-app-login"), leg="c"),
        )
    assert "地址" in "".join(texts(told))
    assert texts(found) == texts(told)
    languages = {e.language for e in found if isinstance(e, Heard)}
    assert languages == {"zh"}
    assert {e.language for e in english if isinstance(e, Heard) and e.kind is Kind.FINAL} == {"en"}


async def test_nothing_is_made_up() -> None:
    rng = np.random.default_rng(5)
    noise = (rng.standard_normal(8000 * 6) * 1500).astype(np.int16)
    music = wav.read_telephone(MEDIA / "music" / "default" / "jade-garden.wav")[: 8000 * 10]
    sounds = {
        "silence": tones.silence(5), "noise": noise, "music": music,
        "keys": tones.dtmf("0123456789*#" * 2), "ring": tones.ring_back(2),
        "nothing": tones.silence(0),
        "full scale": np.where(np.arange(8000 * 3) % 40 < 20, 32767, -32768).astype(np.int16),
    }  # fmt: skip
    async with listening() as listener:
        for name, sound in sounds.items():
            for language in ("en", "zh"):
                events = await say(listener, sound, language=language, leg=name)
                assert texts(events) == [], name
                assert texts(events, Kind.PARTIAL) == [], name


async def test_digits_and_phrases() -> None:
    async with listening() as listener:
        for digit in (3, 6, 9):
            sound = wav.read_telephone(MEDIA / "prompts" / "en" / f"number-{digit}.wav")
            sound = np.concatenate([tones.silence(0.4), sound])
            events = await say(listener, sound, language="en", grammar=Grammar.digits(1, 1))
            assert texts(events) == [str(digit)]
            events = await say(
                listener, sound, language="en", leg="phrase",
                grammar=Grammar.parse("three|six|nine|speak to an agent"),
            )  # fmt: skip
            assert texts(events) == [{3: "three", 6: "six", 9: "nine"}[digit]]
        parts = [
            wav.read_telephone(MEDIA / "prompts" / "en" / f"number-{d}.wav") for d in (4, 7, 2)
        ]
        events = await say(
            listener, np.concatenate([tones.silence(0.4), *parts]), language="en",
            grammar=Grammar.digits(3, 6), leg="string",
        )  # fmt: skip
        assert texts(events) == ["472"]


async def test_what_is_not_in_the_grammar_is_refused_with_a_reason() -> None:
    async with listening() as listener:
        events = await say(
            listener, speech("en/customer-lost-card"), language="en", grammar=Grammar.digits(1, 1)
        )
    final = next(e for e in events if isinstance(e, Heard) and e.kind is Kind.FINAL)
    assert final.text == "" or final.confidence < 0.5
    assert texts(events, Kind.PARTIAL) == []


async def test_any_rate_an_offset_and_clipping() -> None:
    sound = speech("en/customer-lost-card").astype(np.int32)
    high = np.repeat(sound, 6).astype(np.int16)  # 48 kHz, crudely
    shifted = np.clip(sound + 6000, -32768, 32767).astype(np.int16)
    loud = np.clip(sound * 8, -32768, 32767).astype(np.int16)
    async with listening() as listener:
        for name, changed, rate in (
            ("48k", high, 48000),
            ("dc", shifted, 8000),
            ("clip", loud, 8000),
        ):
            events = await say(listener, changed, language="en", rate=rate, leg=name)
            assert "credit card" in " ".join(texts(events)).lower(), name


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no recorded speech in {SHARED}")
async def test_recorded_people() -> None:
    sound, rate = wav.read(SHARED / "en" / "leopard_test.wav")
    async with listening() as listener:
        events = await say(listener, sound[:, 0], rate=rate, language="en")
    assert texts(events) == [
        "Mr. Quilter is the apostle of the middle classes, "
        "and we are glad to welcome his gospel."
    ]  # fmt: skip
