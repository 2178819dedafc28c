"""Who speaks when, with both detectors on real sound of the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media import tones, wav
from media.recognition.feeding import to_frames
from media.vad.sounds import Sound, SoundChanged, SoundDetector
from media.vad.turns import End, Ended, Started, Timing, Turn, TurnDetector
from media.vad.voice import VoiceDetector

MEDIA = Path(__file__).parents[3] / "media"


async def run(
    sound: tones.Samples, timing: Timing | None = None
) -> tuple[list[Turn], list[SoundChanged]]:
    """Turns and lasting sounds of 8 kHz sound, the stream's end included."""
    voices, turns, sounds = await VoiceDetector.create(), TurnDetector(timing), SoundDetector()
    found: list[Turn] = []
    changes: list[SoundChanged] = []
    at = 0.0
    for frame in to_frames(sound, tones.RATE):
        voice, samples = voices.feed(frame)
        at = voice.end
        found += turns.feed(voice)
        if change := sounds.feed(voice, samples):
            changes.append(change)
    voices.close()
    return found + turns.finish(at), changes


def speech(name: str) -> tones.Samples:
    return wav.read_telephone(MEDIA / "demo" / f"{name}.wav")


async def test_two_sentences_with_a_pause() -> None:
    first, second = speech("en/customer-lost-card"), speech("zh-CN/customer-late-payment")
    pause = tones.silence(1.2)
    turns, _ = await run(np.concatenate([pause, first, pause, second, pause]))
    started = [t for t in turns if isinstance(t, Started)]
    ended = [t for t in turns if isinstance(t, Ended)]
    assert [t.utterance for t in started] == [t.utterance for t in ended] == [1, 2]
    assert all(t.reason is End.PAUSE for t in ended)
    assert started[0].start == pytest.approx(1.2 - 0.2, abs=0.35)
    assert ended[0].end == pytest.approx(1.2 + len(first) / 8000, abs=0.35)
    assert started[1].start == pytest.approx(2.4 + len(first) / 8000 - 0.2, abs=0.35)


async def test_who_speaks_on_and_on_is_cut() -> None:
    talk = np.concatenate([speech("en/customer-lost-card"), speech("en/customer-wrong-charge")] * 3)
    timing = Timing(soft=4.0, hard=6.0)
    turns, _ = await run(talk, timing)
    ended = [t for t in turns if isinstance(t, Ended)]
    assert End.LONG in {t.reason for t in ended}
    assert all(t.end - t.start <= 6.1 for t in ended)
    assert sum(t.end - t.start for t in ended) > 0.8 * len(talk) / 8000


async def test_the_call_ends_in_the_middle_of_a_word() -> None:
    sound = speech("en/customer-lost-card")
    turns, _ = await run(sound[: len(sound) // 2])
    assert isinstance(turns[-1], Ended)
    assert turns[-1].reason is End.STREAM


@pytest.mark.parametrize("name", ["jade-garden", "river-at-dusk"])
async def test_music_is_music_and_nobody_speaks(name: str) -> None:
    music = wav.read_telephone(MEDIA / "music" / "default" / f"{name}.wav")[: 8000 * 20]
    turns, sounds = await run(music)
    assert turns == []
    assert [change.sound for change in sounds] == [Sound.MUSIC]


@pytest.mark.parametrize("level", [-50, -35, -20])
async def test_noise_is_noise_and_nobody_speaks(level: float) -> None:
    rng = np.random.default_rng(1)
    noise = (rng.standard_normal(8000 * 8) * 32768 * 10 ** (level / 20)).clip(-32768, 32767)
    turns, sounds = await run(np.concatenate([noise.astype(np.int16), tones.silence(5)]))
    assert turns == []
    assert [change.sound for change in sounds] == [Sound.NOISE, Sound.NOTHING]


async def test_keys_ring_back_and_silence_are_nothing() -> None:
    sound = np.concatenate([tones.dtmf("0123456789*#"), tones.ring_back(2), tones.silence(2)])
    turns, sounds = await run(sound)
    assert turns == []
    assert sounds == []


async def test_speech_in_noise() -> None:
    sound = np.concatenate([tones.silence(1), speech("zh-CN/customer-lost-card"), tones.silence(1)])
    rng = np.random.default_rng(2)
    level = np.sqrt(np.mean(sound[8000:-8000].astype(float) ** 2))
    noisy = sound + rng.standard_normal(len(sound)) * level * 10 ** (-10 / 20)
    turns, _ = await run(noisy.clip(-32768, 32767).astype(np.int16))
    ended = [t for t in turns if isinstance(t, Ended)]
    assert len(ended) >= 1
    assert sum(t.end - t.start for t in ended) > 0.7 * (len(sound) / 8000 - 2)
