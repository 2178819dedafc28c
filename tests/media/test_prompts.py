"""Each prompt of the catalogue has its sound, at the right format and level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media import wav
from media.demo.utterances import utterances
from media.errors import PromptMissing
from media.prompts.catalogue import FOLDER, Catalogue
from media.prompts.number_words import LARGEST, number_prompts
from media.prompts.queue_words import position_prompts, wait_prompts
from media.tones import RATE, Samples, dbfs, power

CATALOGUE = Catalogue.load()
MUSIC = FOLDER.parent / "music" / "default"


def spoken_level(samples: Samples) -> float:
    """RMS of the voiced frames of 20 ms, in dBFS."""
    powers = np.array([power(f) for f in np.array_split(samples, max(1, len(samples) // 160))])
    return dbfs(float(powers[powers > 0.01 * powers.max()].mean()))


def test_no_sound_is_missing_and_none_is_left_over() -> None:
    assert CATALOGUE.missing_sounds() == []
    sounds = {p.relative_to(FOLDER) for p in FOLDER.glob("*/*.wav")}
    promised = {
        Path(language) / f"{name}.wav"
        for name, texts in CATALOGUE.texts.items()
        for language in texts
    } | {Path("beeps") / f"{name}.wav" for name in CATALOGUE.beeps}
    assert sounds == promised


@pytest.mark.parametrize("language", CATALOGUE.languages)
def test_prompts_are_speech_at_an_even_level(language: str) -> None:
    for name, texts in CATALOGUE.texts.items():
        if name.startswith(("ordinal", "minutes-")) and language not in texts:
            continue  # whole phrases that only Mandarin needs
        samples = wav.read_telephone(Path(CATALOGUE.sound(name, language) + ".wav"))
        assert -21.5 < spoken_level(samples) < -18.5, name
        assert dbfs(float(np.abs(samples).max()) ** 2) < -1, name
        seconds = len(samples) / RATE
        # A syllable takes between a tenth and a half of a second or so.
        size = len(texts[language]) if language == "zh-CN" else len(texts[language]) / 3.2
        assert 0.1 * size < seconds < 0.5 * size + 0.7, (name, seconds)


def test_demo_speech_is_there_for_both_roles_and_languages() -> None:
    said = utterances()
    for language in ("zh-CN", "en"):
        mine = [u for u in said if u.language == language]
        assert sum(u.role == "customer" for u in mine) >= 10
        assert sum(u.role == "agent" for u in mine) >= 6
        assert {u.topic for u in mine if u.role == "customer"} == {"cards", "loans", "accounts"}
    for u in said:
        samples = wav.read_telephone(u.path)
        assert 1.5 < len(samples) / RATE < 9, u.path  # a card's number takes 8 s
        assert -22 < spoken_level(samples) < -18, u.path
        assert u.text


def test_music_is_quiet_and_its_loop_has_no_seam() -> None:
    loops = sorted(MUSIC.glob("*.wav"))
    assert len(loops) == 2
    for loop in loops:
        samples = wav.read_telephone(loop).astype(np.int64)
        assert 30 <= len(samples) / RATE <= 60
        assert dbfs(float(np.mean(samples**2))) == pytest.approx(-26, abs=0.5)
        steps = np.abs(np.diff(samples))
        assert abs(int(samples[0] - samples[-1])) <= np.percentile(steps, 99.5)


def test_languages_fall_back_as_declared() -> None:
    catalogue = CATALOGUE
    for asked, spoken in {
        "zh-CN": "zh-CN", "zh-TW": "zh-CN", "zh-SG": "zh-CN", "en-AU": "en", "fr": "en",
    }.items():  # fmt: skip
        assert catalogue.sound("welcome", asked) == str(FOLDER / spoken / "welcome")
    assert catalogue.text("welcome", "zh") == "欢迎致电玉河银行。"
    assert catalogue.sound("beep", "zh-CN") == str(FOLDER / "beeps" / "beep")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptMissing, match="'nonsense'"):
        CATALOGUE.sound("nonsense", "en")
    with pytest.raises(PromptMissing, match="not a catalogue"):
        Catalogue.load(tmp_path)
    (tmp_path / "catalogue.yaml").write_text(
        "languages: [en]\nfallback: en\nprompts: {a: {en: A}, b: {fr: B}}\n", encoding="utf-8"
    )
    own = Catalogue.load(tmp_path)
    with pytest.raises(PromptMissing, match=r"a\.wav of the prompt 'a' is missing"):
        own.sound("a", "en")
    with pytest.raises(PromptMissing, match="neither de nor the fallback en"):
        own.text("b", "de")
    assert own.missing_sounds() == [tmp_path / "en" / "a.wav", tmp_path / "fr" / "b.wav"]


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [
        (0, "zero", "零"),
        (7, "seven", "七"),
        (10, "ten", "十"),
        (12, "twelve", "十二"),
        (20, "twenty", "二十"),
        (21, "twenty one", "二十一"),
        (99, "ninety nine", "九十九"),
        (100, "one hundred", "一百"),
        (105, "one hundred five", "一百零五"),
        (110, "one hundred ten", "一百一十"),
        (112, "one hundred twelve", "一百一十二"),
        (120, "one hundred twenty", "一百二十"),
        (345, "three hundred forty five", "三百四十五"),
        (1000, "one thousand", "一千"),
        (1005, "one thousand five", "一千零五"),
        (1010, "one thousand ten", "一千零一十"),
        (1050, "one thousand fifty", "一千零五十"),
        (1200, "one thousand two hundred", "一千二百"),
        (1203, "one thousand two hundred three", "一千二百零三"),
        (9999, "nine thousand nine hundred ninety nine", "九千九百九十九"),
    ],
)
def test_numbers_are_spoken(number: int, english: str, chinese: str) -> None:
    def say(language: str) -> list[str]:
        return [CATALOGUE.text(p, language) for p in number_prompts(number, language)]

    assert " ".join(say("en")) == english
    assert "".join(say("zh-CN")) == chinese


@pytest.mark.parametrize(
    ("position", "english", "chinese"),
    [
        (2, "You are number two in the queue.", "您目前排在第二位。"),
        (12, "You are number twelve in the queue.", "您目前排在第十二位。"),
        (30, "You are number thirty in the queue.", "您目前排在第三十位。"),
        (31, "You are number thirty one in the queue.", "您目前排在第三十一位。"),
        (105, "You are number one hundred five in the queue.", "您目前排在第一百零五位。"),
    ],
)
def test_positions_are_spoken(position: int, english: str, chinese: str) -> None:
    def say(language: str) -> list[str]:
        return [CATALOGUE.text(p, language) for p in position_prompts(position, language)]

    assert " ".join(say("en")) == english
    assert "".join(say("zh-CN")) == chinese
    assert position_prompts(1, "en") == ["queue-next"]
    with pytest.raises(PromptMissing):
        position_prompts(-1, "zh-CN")


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (59, "less than one minute.", "不到一分钟。"),
        (60, "about two minutes.", "大约一分钟。"),
        (61, "about two minutes.", "大约两分钟。"),
        (400, "about eight minutes.", "大约八分钟。"),
        (1800, "about thirty minutes.", "大约三十分钟。"),
        (1801, "more than half an hour.", "超过半小时。"),
    ],
)
def test_waits_are_spoken(seconds: int, english: str, chinese: str) -> None:
    def say(language: str) -> list[str]:
        return [CATALOGUE.text(p, language) for p in wait_prompts(seconds, language)]

    assert " ".join(say("en")).endswith(english)
    assert "".join(say("zh-CN")).endswith(chinese)


def test_every_number_has_its_prompts_and_others_are_refused() -> None:
    for language in CATALOGUE.languages:
        for number in range(LARGEST + 1):
            assert all(p in CATALOGUE.texts for p in number_prompts(number, language))
    for wrong in (-1, LARGEST + 1):
        with pytest.raises(PromptMissing, match="cannot be spoken"):
            number_prompts(wrong, "en")
