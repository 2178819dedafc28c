"""Text as it is searched: one token a word, or a Chinese character.

Databases cut Chinese badly or not at all, each in its own way. So the text is cut here,
into tokens of ASCII letters and digits that every database takes as they are: ``card``,
and ``u5361`` for a character. A question becomes a phrase of such tokens.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from media.understanding.normalise import simplified

MOST_TOKENS: Final = 32  # of a question

Place = tuple[str, int, int]
"""A token, and where in the text it stands."""


def places_of(text: str) -> list[Place]:
    """The tokens of ``text``, in order. Accents, case, width and the traditional forms of
    Chinese characters make no difference; signs and masks are left out."""
    plain = simplified(text)
    if len(plain) != len(text):
        plain = text
    found: list[Place] = []
    word, began = "", 0
    for at, character in enumerate(plain):
        folded = _folded(character)
        if folded.isascii() and (folded.isalnum() or (folded == "" and word)):
            began = at if not word else began
            word += folded
            continue
        if word:
            found.append((word, began, at))
            word = ""
        found += [(f"u{ord(c):x}", at, at + 1) for c in folded if c.isalnum()]
    return [*found, (word, began, len(plain))] if word else found


def tokens_of(text: str) -> str:
    """The tokens of ``text`` as the databases index them."""
    return " ".join(token for token, _, _ in places_of(text))


def phrase_of(query: str) -> list[str]:
    """The tokens of a question; at most :data:`MOST_TOKENS`."""
    return [token for token, _, _ in places_of(query)][:MOST_TOKENS]


def marks_of(text: str, phrase: Sequence[str]) -> list[tuple[int, int]]:
    """Where ``phrase`` stands in ``text``: from the first character to after the last."""
    places = places_of(text)
    size = len(phrase)
    return [
        (places[at][1], places[at + size - 1][2])
        for at in range(len(places) - size + 1)
        if all(places[at + i][0] == phrase[i] for i in range(size))
    ]


def _folded(character: str) -> str:
    if character in "'’":
        return ""  # don't and dont are one word
    parts = unicodedata.normalize("NFKD", character).casefold()
    return "".join(c for c in parts if not unicodedata.combining(c))
