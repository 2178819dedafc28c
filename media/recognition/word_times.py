"""When each word of a Whisper decoding was said, and how sure it is.

Finals: dynamic time warping over the decoder's attention (CTranslate2's ``align``).
Partials: spread evenly over the utterance, because they change twice a second.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np

from media.recognition.engine import Word
from media.recognition.vocabulary import Vocabulary

_FRAME_SECONDS = 0.02
"""One position of the encoder's output."""
_EDGES = '.,!?;:"()，。！？；：、“”（）《》… '


@dataclass
class Unit:
    """A word and the first and last of its tokens."""

    text: str
    first: int
    last: int


def spread(found: list[Unit], seconds: float, score: float) -> tuple[Word, ...]:
    """Words at even distances."""
    step, sure = seconds / max(1, len(found)), round(float(np.exp(score)), 3)
    return tuple(
        Word(unit.text, round(i * step, 2), round((i + 1) * step, 2), sure)
        for i, unit in enumerate(found)
    )


def aligned(
    model: Any, encoded: Any, sequence: list[int], tokens: list[int], found: list[Unit], *,
    frames: int, seconds: float,
) -> tuple[Word, ...]:  # fmt: skip
    """Words where the decoder looked for them. ``sequence`` is the prompt without
    ``<|notimestamps|>``, ``frames`` the feature frames that hold sound."""
    if not found:
        return ()
    result = model.align(encoded, sequence, [tokens], frames, median_filter_width=7)[0]
    times = _token_times(result.alignments, len(tokens), seconds)
    sure_of = result.text_token_probs
    words: list[Word] = []
    for unit in found:
        begin = times[unit.first]
        end = max(times[unit.last + 1], begin + _FRAME_SECONDS)
        logs = np.log(np.maximum(sure_of[unit.first : unit.last + 1], 1e-4))
        sure = float(np.exp(logs.mean()))
        words.append(Word(unit.text, round(begin, 2), round(end, 2), round(sure, 3)))
    return tuple(words)


def _token_times(pairs: list[tuple[int, int]], count: int, seconds: float) -> list[float]:
    """The beginning of each token, and one end more; never going back."""
    times = [seconds] * (count + 1)
    for token, frame in reversed(pairs):
        if token <= count:
            times[token] = min(frame * _FRAME_SECONDS, seconds)
    for index in range(count - 1, -1, -1):
        times[index] = min(times[index], times[index + 1])
    return times


def units(vocabulary: Vocabulary, tokens: list[int]) -> list[Unit]:
    """Tokens gathered to words: a word begins with a space, or is one wide character;
    a character cut over several tokens belongs together; punctuation sticks."""
    units: list[Unit] = []
    waiting, before, first = b"", "", 0
    for index, token in enumerate(tokens):
        if not waiting:
            first = index
        waiting += vocabulary.bytes_of(token)
        try:
            piece = waiting.decode()
        except UnicodeDecodeError:
            continue
        waiting = b""
        for character in piece:
            if not units or _begins(before, character):
                units.append(Unit("", first, index))
            units[-1].text += character
            units[-1].last = index
            before = character
    for unit in units:
        unit.text = unit.text.strip(_EDGES)
    return [unit for unit in units if unit.text]


def _begins(before: str, character: str) -> bool:
    """Whether ``character`` begins a word."""
    return character == " " or _wide(character) or (_wide(before) and character.isalnum())


def _wide(character: str) -> bool:
    return character.isalpha() and unicodedata.east_asian_width(character) in "WF"
