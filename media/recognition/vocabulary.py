"""Whisper's vocabulary: tokens to text and text to tokens.

Byte-level byte pair encoding as of GPT-2 (Radford et al., 2019): each byte is written
as one printable character, and pairs are joined in the order of the merge list. Text
to tokens is needed only for prompts and grammars, so the merge list is read late.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise


class Vocabulary:
    """``tokens`` by id; ``merges`` gives the merge list when it is first needed."""

    def __init__(
        self, tokens: Sequence[str], merges: Callable[[], Sequence[tuple[str, str]]]
    ) -> None:
        self.tokens = list(tokens)
        self.ids = {token: number for number, token in enumerate(self.tokens)}
        self.text_end = self.ids["<|endoftext|>"]
        """Ids from here on are control tokens, never text."""
        self._read_merges = merges
        self._ranks: dict[tuple[str, str], int] | None = None

    @classmethod
    def of_files(cls, vocabulary: bytes, tokenizer: Callable[[], bytes]) -> Vocabulary:
        """From ``vocabulary.json`` or ``vocabulary.txt`` and ``tokenizer.json``."""
        text = vocabulary.decode()
        tokens = json.loads(text) if text.lstrip().startswith("[") else text.splitlines()

        def merges() -> list[tuple[str, str]]:
            pairs = json.loads(tokenizer())["model"]["merges"]
            split = (p.split(" ", 1) if isinstance(p, str) else p for p in pairs)
            return [(left, right) for left, right in split]

        return cls(tokens, merges)

    def bytes_of(self, token: int) -> bytes:
        """The bytes that ``token`` stands for; none for a control token."""
        if token >= self.text_end:
            return b""
        table = _byte_of()
        return bytes(table[character] for character in self.tokens[token])

    def text(self, tokens: Iterable[int]) -> str:
        """What the tokens say; a character cut in its middle is left out."""
        return b"".join(map(self.bytes_of, tokens)).decode("utf-8", errors="ignore")

    def encode(self, text: str) -> list[int]:
        """Tokens of ``text``. Raises KeyError for what the vocabulary cannot write."""
        found: list[int] = []
        for piece in _pieces(text):
            letters = "".join(_characters()[byte] for byte in piece.encode())
            found += [self.ids[part] for part in self._merge(letters)]
        return found

    def _merge(self, letters: str) -> list[str]:
        if self._ranks is None:
            self._ranks = {pair: rank for rank, pair in enumerate(self._read_merges())}
        parts = list(letters)
        last = len(self._ranks)
        while len(parts) > 1:
            ranks = [self._ranks.get(pair, last) for pair in pairwise(parts)]
            best = min(ranks)
            if best == last:
                break
            at = ranks.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return parts


def _pieces(text: str) -> list[str]:
    """Words with the space before them, numbers, and runs of the rest: what GPT-2's
    pattern makes of plain text (no contractions, which prompts do without)."""
    pieces: list[str] = []
    kind = ""
    for character in text:
        if character.isalpha():
            now = "letters"
        elif character.isnumeric():
            now = "numbers"
        else:
            now = "space" if character.isspace() else "other"
        if pieces and (now == kind or (pieces[-1] == " " and now != "space")):
            pieces[-1] += character
        else:
            pieces.append(character)
        kind = now
    return pieces


@cache
def _characters() -> list[str]:
    """By byte: the printable character that stands for it."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {byte: chr(byte) for byte in shown}
    spare = iter(range(256, 512))
    return [table[b] if b in table else chr(next(spare)) for b in range(256)]


@cache
def _byte_of() -> dict[str, int]:
    return {character: byte for byte, character in enumerate(_characters())}
