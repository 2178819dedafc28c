"""How well the synthetic voices are understood, how soon they begin, at what cost.

``python -m bench.media_synthesis [--quick] [--json]``

* round trip: sentences are spoken at 8 kHz, coded as G.711 mu-law, and recognised by
  Whisper base in one piece; errors are of words in English, of characters in Mandarin
  (numbers and punctuation in one form). Recognition's own errors are in it;
* real-time factor: CPU seconds a second of sound, without loading; time to first audio:
  from the request to the first clause, the engine loaded, the cache empty;
* loading an engine: to its first sound, in a new process;
* the cache: the time of a whole text that was spoken before, and of its first clause.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.support.report import arguments, milliseconds, percentile, publish
from bench.support.telephone import telephone
from bench.support.word_errors import errors, units
from media import tones
from media.audio.frame import RATE
from media.audio.resample import convert
from media.models.bundled import bundled
from media.recognition.engine import Request
from media.recognition.job_queue import Rank
from media.recognition.listener import Listener
from media.synthesis.cache import SpeechCache
from media.synthesis.contract import Samples
from media.synthesis.engines import available, choose, missing
from media.synthesis.process import SynthesisProcess
from media.synthesis.speaker import Speaker

SENTENCES = {
    "en": (
        "Thank you for calling. All our agents are busy, please hold the line.",
        "Your order 48213907 will arrive on Monday between nine and eleven.",
        "I am sorry, I did not understand. Please say yes or no.",
        "The balance of your account has not changed since Tuesday.",
        "To change your delivery address, press two.",
        "Your call may be recorded for training and quality.",
        "You are number three in the queue, about four minutes to wait.",
        "The technician will visit you tomorrow morning at half past eight.",
        "We have received your complaint and will answer within two working days.",
        "Please enter the last four digits of your card, followed by the hash key.",
        "Would you like us to call you back when it is your turn?",
        "Your password was changed. If that was not you, stay on the line.",
    ),
    "zh": (
        "感谢您的来电，所有坐席都在忙，请稍候。",
        "您的订单将在星期一上午送到，请保持电话畅通。",
        "对不起，我没有听清楚，请您再说一遍。",
        "您的账户余额是两百五十元。",
        "修改收货地址请按二，人工服务请按零。",
        "为了提高服务质量，您的通话可能会被录音。",
        "您前面还有三位客户，大约需要等待四分钟。",
        "维修师傅明天早上八点半上门。",
        "我们已经收到您的投诉，两个工作日之内给您答复。",
        "请输入银行卡的最后四位数字，按井号键结束。",
        "需要我们稍后给您回电话吗？",
        "您的密码已经修改，如果不是您本人操作，请不要挂机。",
    ),
}
_QUICK = 4
_HITS = 50


@dataclass
class Spoken:
    """What was measured of one voice."""

    sounds: list[tuple[str, Samples]] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    cpu: float = 0.0
    loading: float = 0.0

    @property
    def seconds(self) -> float:
        return sum(len(sound) for _, sound in self.sounds) / tones.RATE


async def speak(folder: Path, language: str, voice: str, texts: Sequence[str]) -> Spoken:
    """All sentences, none of them in the cache."""
    process = SynthesisProcess()
    speaker = Speaker(SpeechCache(folder), process=process)
    spoken = Spoken()
    try:
        began = time.perf_counter()
        await speaker.load(language)
        await speaker.say("好的" if language == "zh" else "Yes", language=language, voice=voice)
        spoken.loading = time.perf_counter() - began
        used = process.cpu_seconds
        for text in texts:
            began = time.perf_counter()
            chunks: list[Samples] = []
            async for chunk in speaker.stream(text, language=language, voice=voice):
                if not chunks:
                    spoken.first.append(time.perf_counter() - began)
                chunks.append(chunk)
            spoken.whole.append(time.perf_counter() - began)
            spoken.sounds.append((text, np.concatenate(chunks)))
        spoken.cpu = process.cpu_seconds - used
    finally:
        await speaker.close()
    return spoken


async def hits(folder: Path, language: str, voice: str, text: str) -> dict[str, list[float]]:
    """Seconds to get a text that was spoken before."""
    speaker = Speaker(SpeechCache(folder))
    took: dict[str, list[float]] = {"say": [], "file": [], "first clause": []}
    try:
        await speaker.file(text, language=language, voice=voice)
        for _ in range(_HITS):
            began = time.perf_counter()
            await speaker.say(text, language=language, voice=voice)
            took["say"].append(time.perf_counter() - began)
            began = time.perf_counter()
            await speaker.file(text, language=language, voice=voice)
            took["file"].append(time.perf_counter() - began)
            began = time.perf_counter()
            async for _ in speaker.stream(text, language=language, voice=voice):
                took["first clause"].append(time.perf_counter() - began)
                break
    finally:
        await speaker.close()
    return took


async def round_trip(listener: Listener, language: str, spoken: Spoken) -> float:
    """Errors of recognition, in per cent."""
    wrong = count = 0
    for number, (text, sound) in enumerate(spoken.sounds):
        line = telephone(np.concatenate([tones.silence(0.3), sound]), tones.RATE)
        request = Request(
            convert(line, tones.RATE, RATE), f"{language}-{number}", language, thorough=True
        )
        decoded = await listener.pool.run(request, "whisper-base", leg="bench", rank=Rank.LATER)
        wanted, found = units(text, language), units(decoded.text, language)
        if mistakes := errors(wanted, found):
            print(f"  {language}: {text!r} heard as {decoded.text!r}", file=sys.stderr)
            wrong += mistakes
        count += len(wanted)
    return round(100 * wrong / count, 1)


async def measure(quick: bool, notes: list[str]) -> dict[str, dict[str, Any]]:
    """Rows by voice, and of the cache."""
    rows: dict[str, dict[str, Any]] = {}
    engines = available()
    listener = Listener(bundled(), workers=1)
    await listener.start()
    if listener.problem is not None:
        notes.append(f"No round trip: {listener.problem}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            for language, sentences in SENTENCES.items():
                texts = sentences[:_QUICK] if quick else sentences
                able = [e for e in engines.values() if language in e.voices]
                absent = [name for engine in able for name in missing(engine)]
                if absent:
                    notes.append(f"Nothing for {language}: {', '.join(absent)} not installed.")
                    continue
                voices = choose(engines, language, None).engine.voices[language]
                for voice in voices[: 1 if quick else None]:
                    name = f"{language} {voice}"
                    spoken = await speak(Path(folder), language, voice, texts)
                    rows[name] = _row(spoken)
                    if listener.problem is None:
                        rows[name]["error %"] = await round_trip(listener, language, spoken)
                took = await hits(Path(folder), language, voices[0], texts[0])
                for what, times in took.items():
                    rows[f"cache hit, {language} {what} (ms)"] = milliseconds(times)
    finally:
        await listener.close()
    return rows


def _row(spoken: Spoken) -> dict[str, Any]:
    return {
        "texts": len(spoken.sounds),
        "sound s": round(spoken.seconds, 1),
        "RTF (CPU)": round(spoken.cpu / spoken.seconds, 3),
        "RTF (wall)": round(sum(spoken.whole) / spoken.seconds, 3),
        "first audio s p50": round(percentile(spoken.first, 50), 3),
        "first audio s max": round(max(spoken.first), 3),
        "load s": round(spoken.loading, 2),
    }


def main() -> int:
    options = arguments(__doc__)
    notes: list[str] = []
    rows = asyncio.run(measure(options.quick, notes))
    publish("Synthesis", rows, as_json=options.json, notes=notes)
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
