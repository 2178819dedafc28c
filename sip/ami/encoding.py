"""Fields of an action, made so that no value can become more than a value.

AMI is lines of ``Name: value`` ended by CR LF, an action ends with an empty line, and
nothing can be escaped: a CR or LF in a value would start a header, or a whole action,
of its own. So they are refused. Asterisk also refuses lines over 1024 bytes and
actions of more than 128 lines, and such a refusal is better made here, where the
field can be named.

``Variable`` has a grammar of its own: Asterisk splits it at commas and removes quotes
and backslashes, also when each variable has a header to itself. There, and only
there, a backslash escapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sip.ami.errors import AmiBadValue

Value = str | int | float
Fields = Mapping[str, Value]

MAX_LINE = 1022  # Asterisk's 1024 less CR LF
MAX_LINES = 126  # Asterisk's 128 less Action and ActionID

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]*(\([A-Za-z0-9_,@.:/ -]*\))?")
_FORBIDDEN = re.compile(r"[\r\n\0]")
_SPECIAL = re.compile(r'([\\",()\[\]])')
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")
_OURS = frozenset({"action", "actionid"})


def encode_fields(
    action: str, fields: Fields, variables: Mapping[str, Value] | None = None
) -> dict[str, str | list[str]]:
    """The headers of ``action``; raises :class:`AmiBadValue` naming the field.

    ``variables`` become channel variables with exactly the given values.
    """
    headers: dict[str, str | list[str]] = {"Action": _check("Action", action)}
    for name, value in fields.items():
        if not _NAME.fullmatch(name) or name.lower() in _OURS:
            raise AmiBadValue(name, "is not a name that an action's field can have")
        headers[name] = _check(name, _text(value))
    if variables:
        if "Variable" in headers:
            raise AmiBadValue("Variable", "is given twice, as a field and as variables")
        headers["Variable"] = [encode_variable(*item) for item in variables.items()]
    if len(headers) + len(variables or ()) > MAX_LINES:
        raise AmiBadValue("Variable", f"makes the action longer than {MAX_LINES} lines")
    return headers


def encode_variable(name: str, value: Value) -> str:
    """``name=value`` as the ``Variable`` header wants it.

    ``name`` is a channel variable or a dialplan function such as
    ``CHANNEL(language)``; raises :class:`AmiBadValue` naming it.
    """
    if not _VARIABLE.fullmatch(name):
        raise AmiBadValue(name, "is not the name of a channel variable or function")
    escaped = _SPECIAL.sub(r"\\\1", _check(name, _text(value)))
    return _check(name, f"{name}={escaped}", room=MAX_LINE - len("Variable: "))


def caller_id(name: str, number: str) -> str:
    """``"name" <number>``, from texts that strangers chose.

    What is not printable becomes a space; a number keeps only ``0-9 + * #`` and
    letters, because it is dialled and compared, never shown.
    """
    shown = _UNPRINTABLE.sub(" ", name).strip()[:80]
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{re.sub(r"[^0-9A-Za-z+*#]", "", number)[:40]}>'


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _check(name: str, value: str, *, room: int | None = None) -> str:
    if _FORBIDDEN.search(value):
        raise AmiBadValue(name, "contains a CR, LF or NUL")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise AmiBadValue(name, "contains a character that is not Unicode text") from None
    if room is None:
        room = MAX_LINE - len(name) - len(": ")
    if size > room:
        raise AmiBadValue(name, f"has {size} bytes, and Asterisk takes {room}")
    return value
