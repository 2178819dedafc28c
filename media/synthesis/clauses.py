"""A text in pieces that are spoken one after another.

Sentences, because an engine's melody is that of a sentence; less than a sentence only
where the first sound would be late or the sentence is longer than the engine can take.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LEAST = 5  # letters and digits on both sides of a cut: less sounds clipped
SENTENCE_PAUSE, COMMA_PAUSE = 0.3, 0.12  # seconds

_CLOSING = "”’」』）)\"'】》"
_END = re.compile(rf"[。！？!?…；;]+[{_CLOSING}]*|\.+[{_CLOSING}]*(?=\s+[^a-z\s]|\s*$)|\n+")
_COMMA = re.compile(r"[，、：—]+|[,:](?=\s)")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:mr|mrs|ms|dr|st|no|vs|approx|[a-z])\.$", re.IGNORECASE)


@dataclass(frozen=True)
class Clause:
    """``pause``: seconds of silence after it; 0 after the last."""

    text: str
    pause: float


def clauses(text: str, *, first: int, longest: int) -> list[Clause]:
    """The clauses of ``text``, none longer than ``longest`` characters and the first not
    longer than ``first`` if it has a comma; nothing when nothing can be spoken."""
    found: list[Clause] = []
    for sentence in _sentences(_plain(text)):
        pieces: list[str] = []
        rest = sentence
        while rest:
            limit = first if not found and not pieces else longest
            piece, rest = _cut(rest, limit, longest)
            pieces.append(piece)
        spoken = [piece for piece in pieces if _speakable(piece)]
        found += [Clause(piece, COMMA_PAUSE) for piece in spoken[:-1]]
        found += [Clause(piece, SENTENCE_PAUSE) for piece in spoken[-1:]]
    if found:
        found[-1] = Clause(found[-1].text, 0.0)
    return found


def _plain(text: str) -> str:
    """Without control characters; full-width letters and digits as ordinary ones."""
    kept = (
        unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" and c.isalnum() else c
        for c in text
        if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co")
    )
    return "".join(kept)


def _sentences(text: str) -> list[str]:
    found, begin = [], 0
    for end in _END.finditer(text):
        if end[0] == "." and _ABBREVIATION.search(text[begin : end.end()]):
            continue
        found.append(text[begin : end.end()])
        begin = end.end()
    found.append(text[begin:])
    return [" ".join(sentence.split()) for sentence in found if _speakable(sentence)]


def _cut(sentence: str, limit: int, longest: int) -> tuple[str, str]:
    """A first piece of at most ``limit`` characters if a comma allows it, and the rest."""
    if len(sentence) <= limit:
        return sentence, ""
    ends = (comma.end() for comma in _COMMA.finditer(sentence))
    commas = [at for at in ends if min(_spoken(sentence[:at]), _spoken(sentence[at:])) >= _LEAST]
    within = [at for at in commas if at <= limit]
    beyond = [at for at in commas if limit < at <= longest]
    if within or beyond:
        at = within[-1] if within else beyond[0]
    elif len(sentence) <= longest:
        return sentence, ""
    else:
        space = sentence.rfind(" ", 1, longest)
        at = space if space > 0 else longest
    return sentence[:at].strip(), sentence[at:].strip()


def _speakable(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _spoken(text: str) -> int:
    return sum(c.isalnum() for c in text)
