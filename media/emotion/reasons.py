"""Why: what changed in a voice since the caller's first seconds, in words.

A reason is named only if it is a difference that people hear *and* more than the caller's
voice varies anyway from utterance to utterance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.emotion.features import NAMES

Array = npt.NDArray[np.float64]

MOST: Final = 3
_LEVEL: Final = "level"
_LEVEL_SPREAD: Final = 2.0  # dB from utterance to utterance


@dataclass(frozen=True, slots=True)
class _Ear:
    """A figure that people hear: least audible difference, words for more and for less."""

    figure: str
    least: float
    unit_en: str
    unit_zh: str
    more: tuple[str, str, str]
    less: tuple[str, str, str]


_EARS: Final = (
    _Ear(_LEVEL, 4.0, "dB", "分贝", ("louder", "louder", "更大声"), ("softer", "softer", "更小声")),
    _Ear("pitch_p50", 1.5, "semitones", "半音",
         ("higher", "higher", "音调更高"), ("lower", "lower", "音调更低")),
    _Ear("pitch_range", 2.5, "semitones", "半音",
         ("agitated", "more agitated in melody", "语调起伏更大"),
         ("level_voice", "more even in melody", "语调更平稳")),
    _Ear("syllables", 0.9, "syllables/s", "音节/秒",
         ("faster", "faster", "语速更快"), ("slower", "slower", "语速更慢")),
    _Ear("tilt_loud", 2.5, "dB", "分贝",
         ("sharper", "sharper in voice", "声音更尖锐"), ("warmer", "softer in tone", "声音更柔和")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """``code`` is stable; ``amount`` (signed) in the unit of its words."""

    code: str
    amount: float
    words_en: str
    words_zh: str

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {"code": self.code, "amount": round(self.amount, 1)}


def compare(
    level: float, figures: Array, usual_level: float, usual: Array, spread: Array, *, rising: bool
) -> tuple[Reason, ...]:
    """What is more than usual (``rising``) or less, most striking first, at most :data:`MOST`."""
    found: list[tuple[float, Reason]] = []
    for ear in _EARS:
        if ear.figure == _LEVEL:
            amount, noise = level - usual_level, _LEVEL_SPREAD
        else:
            at = NAMES.index(ear.figure)
            amount, noise = float(figures[at] - usual[at]), float(spread[at])
        if (amount if rising else -amount) < max(ear.least, noise):
            continue
        code, en, zh = ear.more if amount > 0 else ear.less
        reason = Reason(
            code,
            amount,
            f"{en} ({amount:+.0f} {ear.unit_en})",
            f"{zh}（{amount:+.0f}{ear.unit_zh}）",
        )
        found.append((abs(amount) / max(ear.least, noise), reason))
    found.sort(key=lambda item: -item[0])
    return tuple(reason for _, reason in found[:MOST])


def phrase(
    reasons: Sequence[Reason], words: Sequence[str], seconds: float, *, language: str, tense: bool
) -> str:
    """One line for a person: '``zh``...' in Chinese, anything else in English.

    ``seconds`` of the caller's own speech were compared with (0: none yet); ``words`` are
    the customer's, in his language. Empty when there is nothing to say.
    """
    chinese = language.lower().startswith("zh")
    voice = _voice_zh(reasons, seconds, tense) if chinese else _voice_en(reasons, seconds, tense)
    said = ", ".join(f"“{word}”" for word in words)
    if chinese:
        said = f"用词：{said.replace(', ', '、')}" if said else ""
        return "；".join(part for part in (voice, said) if part)
    said = f"words: {said}" if said else ""
    return "; ".join(part for part in (voice, said) if part)


def _voice_en(reasons: Sequence[Reason], seconds: float, tense: bool) -> str:
    if reasons and seconds:
        parts = [reason.words_en for reason in reasons]
        listed = " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]
        return f"{listed} than in the caller's first {seconds:.0f} s"
    return "the voice as a whole sounds tense" if tense else ""


def _voice_zh(reasons: Sequence[Reason], seconds: float, tense: bool) -> str:
    if reasons and seconds:
        return f"与来电者最初{seconds:.0f}秒相比：" + "、".join(
            reason.words_zh for reason in reasons
        )
    return "整体声音听起来紧张" if tense else ""
