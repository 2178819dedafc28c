"""Streaming, cache, process and errors, with an engine that costs nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from core.errors import BadInput
from media import wav
from media.synthesis.contract import Synthesizer
from media.synthesis.errors import (
    NothingToSay,
    SynthesisBusy,
    SynthesisFailed,
    SynthesisUnavailable,
    VoiceMissing,
)
from media.synthesis.lexicon import Lexicon
from media.synthesis.loudness import LEVEL_DBFS
from media.synthesis.speaker import Speaker
from tests.media.synthesis.speaking import ToneEngine, speaking


def pitch(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum.argmax() * rate / len(samples))


def level(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4] / 32768
    return float(20 * np.log10(np.sqrt(np.mean(middle**2))))


@pytest.mark.parametrize("rate", [8000, 16000])
async def test_rates_voices_speed_and_level(tmp_path: Path, rate: int) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, _):
        contract: Synthesizer = speaker
        low = await contract.say("a text", language="xx", rate=rate)
        high = await contract.say("a text", language="xx-YY", voice="high", rate=rate)
        slow = await contract.say("a text", language="xx", speed=0.5, rate=rate)
        long = await contract.say("a much longer text", language="xx", rate=rate)
    assert low.dtype == np.int16
    assert len(low) % (rate // 50) == 0
    assert pitch(low, rate) == pytest.approx(300, rel=0.05)
    assert pitch(high, rate) == pytest.approx(900, rel=0.05)
    assert len(slow) == pytest.approx(2 * len(low), rel=0.1)
    assert len(low) / rate == pytest.approx(0.6, abs=0.1)
    # The longer text is three times as loud when it leaves the engine.
    assert [level(low), level(long)] == pytest.approx([LEVEL_DBFS] * 2, abs=1.0)


async def test_a_stream_comes_clause_by_clause_and_is_the_whole(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, cache, _):
        chunks = [c async for c in speaker.stream("One one. Two. Three.", language="xx")]
        whole = await speaker.say("One one. Two. Three.", language="xx")
    assert len(chunks) == 3
    assert np.array_equal(np.concatenate(chunks), whole)
    assert not chunks[0][-2000:].any()  # the pause between sentences
    assert (cache.misses, cache.hits) == (3, 3)


async def test_clips_are_files_clause_by_clause(tmp_path: Path) -> None:
    text = "One one. Two. Three."
    async with speaking(tmp_path, ToneEngine) as (speaker, _, process):
        clips = [path async for path in speaker.clips(text, language="xx")]
        sound = np.concatenate([wav.read(path)[0][:, 0] for path in clips])
        assert len(clips) == 3
        assert np.array_equal(sound, await speaker.say(text, language="xx"))
        pid = process.pid
        again = [path async for path in speaker.clips(text, language="xx")]
        assert again == clips
        whole = await speaker.file(text, language="xx")  # spoken ahead: one file from then on
        assert [path async for path in speaker.clips(text, language="xx")] == [whole]
        assert process.pid == pid
        failing = speaker.clips("Four. This will fail.", language="xx")
        assert (await anext(failing)).is_file()
        with pytest.raises(SynthesisFailed):
            await anext(failing)


async def test_what_was_said_once_is_not_spoken_again(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, _):
        first = await speaker.say("Hello there.", language="xx")
    async with speaking(tmp_path, ToneEngine) as (speaker, cache, process):
        again = await speaker.say("Hello there.", language="xx")
        assert (cache.hits, process.pid) == (1, None)
        for other in ({"voice": "high"}, {"speed": 1.1}, {"rate": 16000}):
            await speaker.say("Hello there.", language="xx", **other)
        assert cache.misses == 3
    assert np.array_equal(first, again)
    changed = Lexicon({"xx": {"there": "everybody"}})
    async with speaking(tmp_path, ToneEngine, lexicon=changed) as (speaker, cache, _):
        longer = await speaker.say("Hello there.", language="xx")
        assert cache.misses == 1
    assert len(longer) > len(first)


async def test_the_same_text_at_the_same_time_is_spoken_once(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, cache, _):
        said = await asyncio.gather(*(speaker.say("Hello.", language="xx") for _ in range(20)))
    assert cache.misses == 1
    assert all(np.array_equal(said[0], other) for other in said)


async def test_a_file_for_a_player(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, _):
        path = await speaker.file("One. Two.", language="xx")
        assert await speaker.file("One. Two.", language="xx") == path
        whole = await speaker.say("One. Two.", language="xx")
    assert np.array_equal(wav.read_telephone(path), whole)


async def test_a_reader_that_goes_away_disturbs_nobody(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, process):
        async for _ in speaker.stream("One. Two. Three.", language="xx"):
            break
        reading = asyncio.ensure_future(speaker.say("Something else.", language="xx"))
        await asyncio.sleep(0)
        reading.cancel()
        said = await speaker.say("The next.", language="xx")
        assert process.lost == 0
    assert len(said) / 8000 == pytest.approx(0.9, abs=0.1)


async def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    async with speaking(tmp_path / "c", ToneEngine) as (speaker, _, process):
        await speaker.say("Before.", language="xx")
        before = process.pid
        said = await speaker.say(f"die once {tmp_path / 'flag'}!", language="xx")
        assert len(said)
        assert process.lost == 1
        assert process.pid not in (before, None)


async def test_a_text_that_kills_is_given_up(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, process):
        with pytest.raises(SynthesisFailed, match="2 processes"):
            await speaker.say("die", language="xx")
        assert process.lost == 2
        assert len(await speaker.say("well", language="xx"))


async def test_a_text_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine, seconds=1.0) as (speaker, _, process):
        with pytest.raises(SynthesisFailed, match="over 1 s"):
            await speaker.say("hang", language="xx")
        assert (process.lost, process.pid) == (2, None)


@pytest.mark.parametrize("text", ["fail", "hush"])
async def test_what_an_engine_cannot_say(tmp_path: Path, text: str) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, process):
        with pytest.raises(SynthesisFailed):
            await speaker.say(text, language="xx")
        assert process.lost == 0
    assert not list(tmp_path.glob("??/*"))


async def test_the_queue_has_an_end(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine, waiting=2) as (speaker, _, _):
        said = await asyncio.gather(
            *(speaker.say(f"text {n}", language="xx") for n in range(8)), return_exceptions=True
        )
    assert any(isinstance(one, SynthesisBusy) for one in said)
    assert all(isinstance(one, (SynthesisBusy, np.ndarray)) for one in said)


async def test_a_disk_that_cannot_be_written_is_no_reason_to_be_silent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with speaking(tmp_path / "file", ToneEngine) as (speaker, _, _):
        assert len(await speaker.say("Hello.", language="xx"))


async def test_closing_ends_the_process_and_who_waits(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, process):
        await speaker.say("Hello.", language="xx")
        pid = process.pid
        assert pid is not None
        waiting = asyncio.ensure_future(speaker.say("hang", language="xx"))
        while not speaker.rendering:
            await asyncio.sleep(0)
        await speaker.close()
        with pytest.raises(SynthesisFailed):
            await waiting
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize("speed", [0.0, 0.4, 2.1, float("nan")])
async def test_speeds_that_do_not_exist(tmp_path: Path, speed: float) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, _):
        with pytest.raises(BadInput):
            await speaker.say("Hello.", language="xx", speed=speed)


async def test_texts_voices_and_rates_that_do_not_exist(tmp_path: Path) -> None:
    async with speaking(tmp_path, ToneEngine) as (speaker, _, _):
        for text in ("", "...", "a" * 5001):
            with pytest.raises(NothingToSay):
                await speaker.say(text, language="xx")
        with pytest.raises(BadInput):
            await speaker.say("Hello.", language="xx", rate=44100)
        with pytest.raises(VoiceMissing, match="yy"):
            await speaker.say("Hello.", language="yy")
        with pytest.raises(VoiceMissing, match="high, low"):
            await speaker.say("Hello.", language="xx", voice="heart")


class NotInstalled(ToneEngine):
    """An engine whose packages are missing."""

    packages: ClassVar[Sequence[str]] = ("no-such-package",)
    voices: ClassVar[Mapping[str, Sequence[str]]] = {"zz": ("a",)}


async def test_an_engine_that_is_not_installed_says_what_to_install(tmp_path: Path) -> None:
    async with speaking(tmp_path, NotInstalled) as (speaker, _, _):
        with pytest.raises(SynthesisUnavailable, match=r"no-such-package.*speech"):
            await speaker.say("Hello.", language="zz")


def test_speaker_is_a_synthesizer() -> None:
    kind: type[Synthesizer] = Speaker
    assert kind.stream is Speaker.stream
