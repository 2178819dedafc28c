"""The lines of AGI, both ways, without any connection.

A command is one line of words; Asterisk takes double quotes around a word and a
backslash before a character in it. An answer is one line ``200 result=1 (text)``,
except a 520, which goes on until ``520 End``, and a text that has newlines in it.
https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Gateway-Interface-AGI/
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sip.agi.errors import AgiBadValue

MAX_COMMAND = 2000  # bytes; Asterisk reads 2047 and takes the rest for another command
MAX_ANSWER = 64 * 2**10

_VERB = re.compile(r"[A-Z]+( [A-Z]+)*")
_FORBIDDEN = re.compile(r"[\r\n\0]")
_SPECIAL = re.compile(r'(["\\])')
_ANSWER = re.compile(
    r"(?P<code>\d{3})(?: result=(?P<result>[^\s(]*))?(?: \((?P<data>.*)\))?"
    r"(?: endpos=(?P<endpos>\d+))?(?P<rest>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class AgiResult:
    """An answer. ``result`` is text (digits keep their leading zeros), ``data`` what
    stood in parentheses, ``endpos`` a position in samples at 8 kHz."""

    code: int
    result: str = ""
    data: str | None = None
    endpos: int | None = None
    text: str = ""


def encode_command(verb: str, *arguments: str | int) -> bytes:
    """``verb`` and its quoted arguments as one line.

    Raises :class:`AgiBadValue` for what cannot be one line, or is too long.
    """
    if not _VERB.fullmatch(verb):
        raise AgiBadValue(f"{verb!r} is not an AGI command.")
    words = [verb]
    for argument in arguments:
        if _FORBIDDEN.search(text := str(argument)):
            raise AgiBadValue(f"An argument of {verb} contains a CR, LF or NUL.")
        words.append('"' + _SPECIAL.sub(r"\\\1", text) + '"')
    try:
        line = " ".join(words).encode() + b"\n"
    except UnicodeEncodeError:
        raise AgiBadValue(f"An argument of {verb} is not Unicode text.") from None
    if len(line) > MAX_COMMAND:
        raise AgiBadValue(f"{verb} has {len(line)} bytes; {MAX_COMMAND} are allowed.")
    return line


class AnswerReader:
    """Puts the lines of one answer together."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._size = 0

    @property
    def within(self) -> bool:
        """Whether an answer has begun and is not complete."""
        return bool(self._lines)

    def feed(self, line: str) -> AgiResult | None:
        """Take one line without its end; the answer once it is complete.

        Raises ValueError for what is not an answer.
        """
        self._lines.append(line)
        self._size += len(line)
        first = self._lines[0]
        match = _ANSWER.fullmatch("\n".join(self._lines))
        unknown = match is None or (match["code"] == "200" and match["result"] is None)
        if match is None or unknown or self._size > MAX_ANSWER:
            self._clear()
            raise ValueError("not an answer of AGI")
        if first.startswith("520-"):
            if not line.startswith("520 "):
                return None
        elif match["result"] is not None and " (" in first and match["rest"]:
            return None  # the parenthesis is still open: the text has a newline
        result = AgiResult(
            int(match["code"]),
            match["result"] or "",
            match["data"],
            int(match["endpos"]) if match["endpos"] else None,
            first[4:],
        )
        self._clear()
        return result

    def _clear(self) -> None:
        self._lines.clear()
        self._size = 0
