"""Words, numbers, texts and signs of a requirement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from acd.requirement.errors import RequirementError
from acd.requirement.region import Value, known

MAX_DIGITS = 15  # a double then still tells all numbers apart


class Kind(StrEnum):
    """What a token is."""

    NAME = "name"
    WORD = "word"
    NUMBER = "number"
    TEXT = "text"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` as written (words in lower case), from ``start`` to ``end``."""

    kind: Kind
    text: str
    start: int
    end: int
    value: Value = ""


WORDS = frozenset({"and", "or", "not", "in", "has", "true", "false"})

_NAME = r"[^\W\d][\w.\-]*"
_TOKEN = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<name>{_NAME})
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<foreign>=>|=<|<>|===|!==|&&?|\|\|?|=(?!=)|!(?!=)|[≥≤≠≦≧＝＞＜！（）［］【】，、“”‘’])
    | (?P<sign>==|!=|<=|>=|[<>()\[\],])
    """,
    re.VERBOSE,
)
_OURS = {
    "=>": ">=", "=<": "<=", "<>": "!=", "===": "==", "!==": "!=", "&": "and", "&&": "and",
    "|": "or", "||": "or", "=": "==", "!": "not", "≥": ">=", "≤": "<=", "≠": "!=",
    "≧": ">=", "≦": "<=", "＝": "==", "＞": ">", "＜": "<", "！": "not", "（": "(",
    "）": ")", "［": "[", "］": "]", "【": "[", "】": "]", "，": ",", "、": ",", "“": '"',
    "”": '"', "‘": "'", "’": "'",
}  # fmt: skip
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|(.))")
_ESCAPED = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}


def is_name(text: str) -> bool:
    """Whether it can stand in a requirement as (the rest of) a name."""
    return re.fullmatch(_NAME, text) is not None


def tokens(text: str) -> list[Token]:
    """All of them and an END; raises :class:`RequirementError` for anything else."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _foreign_character(text, place)
        kind, part, start = match.lastgroup, match.group(), place
        place = match.end()
        if kind == "space":
            continue
        if kind == "name" and part.lower() in WORDS:
            found.append(Token(Kind.WORD, part.lower(), start, place))
        elif kind == "number":
            found.append(Token(Kind.NUMBER, part, start, place, _number(text, part, start)))
        elif kind == "text":
            found.append(Token(Kind.TEXT, part, start, place, _text(text, part, start)))
        elif kind == "foreign":
            raise _foreign_sign(text, part, start, found[-1] if found else None)
        else:
            found.append(Token(Kind(kind or ""), part, start, place))
    found.append(Token(Kind.END, "", len(text), len(text)))
    return found


def _number(text: str, part: str, start: int) -> Value:
    if sum(c.isdigit() for c in part) > MAX_DIGITS:
        raise RequirementError.at(
            text, start, "The number is too long", f"At most {MAX_DIGITS} digits are allowed."
        )
    number = known(float(part) if "." in part else int(part))
    assert number is not None
    return number[1]


def _text(text: str, part: str, start: int) -> str:
    def character(match: re.Match[str]) -> str:
        code, simple = match.groups()
        if code is not None and int(code, 16) <= 0x10FFFF:
            return chr(int(code, 16))
        if simple not in _ESCAPED:
            raise RequirementError.at(
                text,
                start + 1 + match.start(),
                f"{match.group()} means nothing",
                r"""Write \\ for a backslash; there are also \" \' \n \t and \u{4e2d}.""",
            )
        return _ESCAPED[simple]

    return _ESCAPE.sub(character, part[1:-1])


def _foreign_sign(text: str, part: str, start: int, before: Token | None) -> RequirementError:
    ours = _OURS[part]
    if part == "=" and before is not None and before.text in ("<", ">"):
        ours = f"{before.text}= without a space"
    return RequirementError.at(text, start, f"There is no {part} in requirements", f"Write {ours}.")


def _foreign_character(text: str, place: int) -> RequirementError:
    c = text[place]
    if c in "\"'":
        return RequirementError.at(
            text, place, "The text is not closed", f"Put {c} at its end, on the same line."
        )
    if c.isdigit() or c == "-":
        return RequirementError.at(
            text,
            place,
            "This is not a number",
            "Write numbers like 5, 0.5 or -3; names begin with a letter.",
        )
    return RequirementError.at(
        text, place, f"{c!r} cannot stand", "Put texts in quotes; names are letters and digits."
    )
