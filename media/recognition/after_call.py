"""The transcript of a recording, with the better settings and all the time there is.

Completes what was put off while the call went on: the whole of it, or only those spans.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from media.audio.frame import RATE, Samples
from media.audio.resample import convert
from media.recognition.choice import Chooser
from media.recognition.contract import Heard, Kind, Use
from media.recognition.engine import Request
from media.recognition.feeding import to_frames
from media.recognition.job_queue import Rank
from media.recognition.workers import WorkerPool
from media.recognition.written import written
from media.vad.turns import Ended, Timing, TurnDetector
from media.vad.voice import VoiceDetector

# Sentences may be long: nobody waits.
_TIMING = Timing(hang_over=1.0, soft=18.0, breath=0.3, hard=26.0)
_BEFORE, _AFTER = 0.2, 0.3
_BREATH = 50  # frames between looks at whether others want the event loop

Span = tuple[float, float]


async def transcribe(
    pool: WorkerPool, chooser: Chooser, leg: str, samples: Samples, rate: int, *,
    language: str | None = None, spans: Sequence[Span] | None = None,
) -> list[Heard]:  # fmt: skip
    """Finals of one side (mono), in order; with ``spans`` (seconds) only of those.

    Raises SpeechUnavailable, SpeechOverloaded, RecognitionFailed.
    """
    plan = chooser.plan(language, Use.AFTER_CALL)
    sound = await asyncio.to_thread(convert, samples, rate, RATE)
    found = await _utterances(sound) if spans is None else list(spans)
    heard: list[Heard] = []
    for number, (first, last) in enumerate(found, 1):
        start = max(0.0, first - _BEFORE)
        part = sound[round(start * RATE) : round((last + _AFTER) * RATE)]
        request = Request(part, f"{leg}/after/{number}", language, thorough=True)
        decoded = await pool.run(request, plan.model, leg=leg, rank=Rank.LATER)
        if not decoded.text:
            continue
        heard.append(
            Heard(
                Kind.FINAL, leg, number, first, last,
                text=written(decoded.text, decoded.language),
                words=tuple(word.shifted(start) for word in decoded.words),
                confidence=decoded.confidence, language=decoded.language, engine=plan.model,
            )
        )  # fmt: skip
    return heard


async def _utterances(sound: Samples) -> list[Span]:
    voices, turns = await VoiceDetector.create(), TurnDetector(_TIMING)
    found: list[Span] = []
    at = 0.0
    for number, frame in enumerate(to_frames(sound, RATE)):
        voice, _ = voices.feed(frame)
        at = voice.end
        found += [(t.start, t.end) for t in turns.feed(voice) if isinstance(t, Ended)]
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    voices.close()
    return found + [(t.start, t.end) for t in turns.finish(at) if isinstance(t, Ended)]
