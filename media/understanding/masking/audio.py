"""From masked characters to the seconds of audio in which they were said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from media.understanding.characters import fold
from media.understanding.masking.mask import Masked

_FARTHEST = 24  # characters that may be skipped before a word is given up
_GAP = 0.05  # seconds between words that are not worth being heard


class TimedWord(Protocol):
    """A recognised word: how it is written, and its start and end in seconds."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...


def silences(
    text: str, masked: Masked, words: Sequence[TimedWord], *, margin: float = 0.15
) -> list[tuple[float, float]]:
    """Intervals in seconds to be silenced in the audio of ``text``, in order and apart.

    ``words``: of ``text``, in order; separators may be missing. A masked character that no
    word covers silences from the end of the word before to the start of the one after:
    rather too much than too little. ``margin``: seconds added on both sides.
    """
    if not masked.spans or not words:
        return []
    places = places_of(fold(text), words)
    placed = [(a, b, word) for (a, b), word in zip(places, words, strict=True)]
    spans = []
    for span in masked.spans:
        hit = [word for a, b, word in placed if a < span.end and b > span.start]
        if hit:
            spans.append((hit[0].start, hit[-1].end))
            continue
        before = [word.end for _, b, word in placed if b <= span.start]
        after = [word.start for a, _, word in placed if a >= span.end]
        spans.append(
            (before[-1] if before else words[0].start, after[0] if after else words[-1].end)
        )
    return _merged(spans, margin)


def places_of(folded: str, words: Sequence[TimedWord]) -> list[tuple[int, int]]:
    """Where each word stands in the text. Words that are written otherwise there share
    the place between their neighbours."""
    found: list[tuple[int, int] | None] = []
    at = 0
    for word in words:
        written = fold(word.text.strip())
        start = folded.find(written, at) if written else -1
        if start < 0 or start - at > _FARTHEST + len(written):
            found.append(None)
            continue
        at = start + len(written)
        found.append((start, at))
    places = []
    for index, place in enumerate(found):
        if place is None:
            before = [known[1] for known in found[:index] if known]
            after = [known[0] for known in found[index:] if known]
            place = (before[-1] if before else 0, after[0] if after else len(folded))
        places.append(place)
    return places


def _merged(spans: list[tuple[float, float]], margin: float) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted((max(0.0, a - margin), b + margin) for a, b in spans):
        if merged and start <= merged[-1][1] + _GAP:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
