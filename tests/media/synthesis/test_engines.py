"""The real voices, understood by real recognition."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from bench.support.word_errors import errors, units
from core.log import configure_logging
from media import tones, wav
from media.synthesis.contract import Samples
from media.synthesis.engines import BUILT_IN, GROUP, available, choose
from media.synthesis.lexicon import Lexicon
from tests.media.recognition import speech
from tests.media.synthesis.speaking import (
    ENGLISH,
    MANDARIN,
    ToneEngine,
    needs_english,
    needs_mandarin,
    speaking,
)


async def heard(sound: Samples, language: str, rate: int = 8000) -> str:
    lead = tones.silence(0.4 * rate / 8000)
    async with speech.listening() as listener:
        events = await speech.say(
            listener, np.concatenate([lead, sound]), language=language, rate=rate
        )
    return " ".join(speech.texts(events))


def wrong(text: str, said: str, language: str) -> float:
    wanted = units(text, language)
    return errors(wanted, units(said, language)) / len(wanted)


@needs_english
async def test_english_is_understood(tmp_path: Path) -> None:
    text = "Thank you for calling. Your order will arrive on Monday."
    async with speaking(tmp_path, ENGLISH) as (speaker, _, _):
        sound = await speaker.say(text, language="en")
        again = await speaker.say(text, language="en")
    assert np.array_equal(sound, again)
    assert wrong(text, await heard(sound, "en"), "en") <= 0.1


@needs_mandarin
async def test_mandarin_is_understood(tmp_path: Path) -> None:
    text = "为了提高服务质量，您的通话可能会被录音。"
    async with speaking(tmp_path, MANDARIN) as (speaker, _, _):
        sound = await speaker.say(text, language="zh-CN", rate=16000)
    assert wrong(text, await heard(sound, "zh", 16000), "zh") <= 0.2


@needs_english
async def test_phonemes_of_the_lexicon_are_spoken(tmp_path: Path) -> None:
    lexicon = Lexicon({"en": {"Xqz": "/ˈɛləfənt/"}})
    async with speaking(tmp_path, ENGLISH, lexicon=lexicon) as (speaker, _, _):
        sound = await speaker.say("The Xqz is a very large animal.", language="en")
    assert "elephant" in (await heard(sound, "en")).lower()


@needs_mandarin
async def test_pinyin_and_latin_letters_in_mandarin(tmp_path: Path) -> None:
    lexicon = Lexicon({"zh": {"QQ城": "bei3 jing1"}})
    async with speaking(tmp_path, MANDARIN, lexicon=lexicon) as (speaker, _, _):
        named = await speaker.say("我明天坐火车去QQ城。", language="zh", voice="zm_yunxi")
        mixed = await speaker.say("我明天 OK。", language="zh")
    assert "北京" in await heard(named, "zh")
    assert "ok" in (await heard(mixed, "zh")).lower()


def test_the_engines_that_are_ours_are_available() -> None:
    assert set(BUILT_IN) <= set(available().values())


def test_an_engine_of_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by its entry point; one that cannot be imported harms nobody."""
    about = tmp_path / "voices-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: voices\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        f"[{GROUP}]\ntone = tests.media.synthesis.speaking:ToneEngine\nbroken = no_such_module:X\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    engines = available()
    assert list(engines.values()) == [ToneEngine, *BUILT_IN]
    assert choose(engines, "xx", None).engine is ToneEngine


@needs_english
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "parley.yaml"
    config.write_text(f"server:\n  state_dir: {tmp_path / 'state'}\n")
    out = tmp_path / "out.wav"
    words = ["say", "Hello.", "--out", str(out), "--rate", "16000", "--config", str(config)]
    try:
        main(words)
        assert "1 spoken" in capsys.readouterr().out
        main(words)
        assert "1 clauses from the cache" in capsys.readouterr().out
        assert wav.info(out).rate == 16000
        with pytest.raises(SystemExit) as ended:
            main(["say", "Hallo.", "--language", "de", "--out", str(out), "--config", str(config)])
        assert ended.value.code == 2
    finally:
        configure_logging("info", stream=sys.__stderr__)
