"""Characters made comparable: widths, cases, digits of all scripts, Chinese variants.

:func:`fold` keeps the length, so that a place in the folded text is the same place in
the text as it was said or written.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path

DATA = Path(__file__).parent / "data"
CJK = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HAS_CJK = re.compile(f"[{CJK}]")
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’][^\W\d_{CJK}]+)*")


def fold(text: str) -> str:
    """Lower case, half width, ASCII digits, simplified Chinese; of the same length."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


@functools.lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    for form in (
        unicodedata.normalize("NFKC", character).lower(),
        unicodedata.normalize("NFKC", character),
        character.lower(),
    ):
        if len(form) == 1:
            character = form
            break
    return variants().get(character, character)


@functools.cache
def _table() -> tuple[dict[str, str], dict[str, str]]:
    """Single characters, and phrases that single characters would get wrong."""
    lines = (DATA / "simplified.txt").read_text(encoding="utf-8").splitlines()
    phrases = dict(line.split("\t") for line in lines[2:])
    return dict(zip(lines[0], lines[1], strict=True)), phrases


def variants() -> dict[str, str]:
    """Traditional characters and the simplified one of each."""
    return _table()[0]


@functools.cache
def _phrases() -> tuple[re.Pattern[str], dict[str, str]]:
    phrases = _table()[1]
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), phrases


def simplified(text: str) -> str:
    """Traditional Chinese written in simplified characters; the length stays."""
    if text.isascii():
        return text
    table = str.maketrans(variants())
    pattern, phrases = _phrases()
    parts, at = [], 0
    for found in pattern.finditer(text):
        parts += [text[at : found.start()].translate(table), phrases[found.group()]]
        at = found.end()
    return "".join(parts) + text[at:].translate(table)


def words(text: str) -> list[str]:
    """Words of folded text; each Chinese character is one."""
    return _WORD.findall(text)


def is_chinese(text: str) -> bool:
    """Whether more is Chinese than not, a character counting as much as a short word."""
    found = words(text)
    chinese = sum(1 for word in found if HAS_CJK.match(word))
    return chinese > 0 and chinese >= len(found) - chinese


def language_of(text: str, default: str = "en") -> str:
    """``zh`` or ``en`` by the characters; ``default`` for text without letters."""
    if HAS_CJK.search(text):
        return "zh" if is_chinese(text) else "en"
    return "en" if any(c.isalpha() for c in text) else default
