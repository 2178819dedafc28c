"""What one does on a channel: AGI's commands with their answers made plain.

Each takes the session first and raises :class:`~sip.agi.errors.AgiHangup` when the
channel is gone, :class:`~sip.agi.errors.AgiError` when Asterisk could not do it,
:class:`~sip.agi.errors.AgiTimeout` and :class:`~sip.agi.errors.AgiBadValue`. Paths of
sounds have no extension: Asterisk takes the format that costs least. A digit is one
of ``0-9 * # A-D``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from sip.agi.errors import AgiError
from sip.agi.protocol import AgiResult
from sip.agi.session import AgiSession

ALL_DIGITS = "0123456789*#"
_SLACK = 10.0  # seconds a busy Asterisk gets beyond what a command takes by itself
_LONGEST = 600.0
_CUT = 1020  # GET VARIABLE cuts at 1023 bytes, GET FULL VARIABLE at 4095


@dataclass(frozen=True, slots=True)
class Digits:
    """What a caller typed; ``timed_out`` if not ended by ``#`` or enough digits."""

    digits: str
    timed_out: bool


async def answer(session: AgiSession) -> None:
    """Answer the call, without waiting for its first audio as plain ANSWER does."""
    await exec_(session, "Answer", ",i")


async def hangup(session: AgiSession) -> None:
    """Hang the channel up; the session is then over."""
    _done("HANGUP", await session.command("HANGUP"))


async def stream_file(
    session: AgiSession, path: str | PurePath, escape_digits: str = "", *, limit: float = _LONGEST
) -> str | None:
    """Play a sound; the digit of ``escape_digits`` that ended it, or None. ``limit``:
    seconds that it may last."""
    result = await session.command("STREAM FILE", str(path), escape_digits, timeout=limit + _SLACK)
    return _digit("STREAM FILE", result)


async def record_file(
    session: AgiSession,
    path: str | PurePath,
    format_: str,
    *,
    escape_digits: str,
    seconds: float,
    silence: float = 0,
) -> str | None:
    """Write what the caller says to ``path`` (without extension) in ``format_``, for at
    most ``seconds``; the digit of ``escape_digits`` that ended it, or None. With
    ``silence`` it also ends after so many seconds without speech."""
    more = ("0", f"s={max(1, round(silence))}") if silence else ()
    result = await session.command(
        "RECORD FILE", str(path), format_, escape_digits, max(1, round(seconds * 1000)), *more,
        timeout=seconds + _SLACK,
    )  # fmt: skip
    return _digit("RECORD FILE", result)


async def wait_for_digit(session: AgiSession, seconds: float) -> str | None:
    """The next digit, or None after ``seconds``."""
    milliseconds = max(1, round(seconds * 1000))
    result = await session.command("WAIT FOR DIGIT", milliseconds, timeout=seconds + _SLACK)
    return _digit("WAIT FOR DIGIT", result)


async def get_data(
    session: AgiSession,
    path: str | PurePath,
    *,
    seconds: float,
    max_digits: int,
    limit: float = _LONGEST,
) -> Digits:
    """Play a sound and collect digits, ended by ``#``, by ``max_digits`` of them, or
    by ``seconds`` without one."""
    result = await session.command(
        "GET DATA", str(path), max(1, round(seconds * 1000)), max_digits,
        timeout=limit + seconds * (max_digits + 1) + _SLACK,
    )  # fmt: skip
    _done("GET DATA", result)
    return Digits(result.result, result.data == "timeout")


async def get_variable(session: AgiSession, name: str) -> str | None:
    """A channel variable or function, or None if it is not set."""
    result = await session.command("GET VARIABLE", name)
    if result.result != "1":
        return None
    value = result.data or ""
    if len(value.encode()) >= _CUT and name.isidentifier():
        return await get_full_variable(session, f"${{{name}}}")
    return value


async def get_full_variable(
    session: AgiSession, expression: str, channel: str | None = None
) -> str | None:
    """``expression`` evaluated as the dialplan does (``${A}-${CHANNEL(state)}``), on
    another channel if named. Never build it from what a caller sent."""
    where = () if channel is None else (channel,)
    result = await session.command("GET FULL VARIABLE", expression, *where)
    return (result.data or "") if result.result == "1" else None


async def set_variable(session: AgiSession, name: str, value: str | int) -> None:
    """Set a channel variable or function to exactly ``value``."""
    _done("SET VARIABLE", await session.command("SET VARIABLE", name, value))


async def say_number(
    session: AgiSession, number: int, escape_digits: str = "", *, gender: str = ""
) -> str | None:
    """Say a number in the channel's language; the digit that ended it, or None."""
    more = (gender,) if gender else ()
    result = await session.command("SAY NUMBER", number, escape_digits, *more, timeout=60 + _SLACK)
    return _digit("SAY NUMBER", result)


async def say_digits(session: AgiSession, digits: str, escape_digits: str = "") -> str | None:
    """Say digits one by one; the digit that ended it, or None."""
    result = await session.command(
        "SAY DIGITS", digits, escape_digits, timeout=2 * len(digits) + _SLACK
    )
    return _digit("SAY DIGITS", result)


async def exec_(
    session: AgiSession, application: str, arguments: str = "", *, limit: float = 30.0
) -> str:
    """Run a dialplan application; its result. ``arguments`` are separated by commas;
    what they contain is not evaluated. ``limit``: seconds that it may last."""
    result = await session.command("EXEC", application, arguments, timeout=limit + _SLACK)
    if result.result == "-2":
        raise AgiError(f"EXEC {application}", result.code, "there is no such application")
    _done(f"EXEC {application}", result)
    return result.result


async def music_on(session: AgiSession, music_class: str = "default") -> None:
    """Play music on hold, beside whatever commands come next, until a sound is
    played or :func:`music_off`."""
    _done("SET MUSIC ON", await session.command("SET MUSIC", "ON", music_class))


async def music_off(session: AgiSession) -> None:
    """Stop the music."""
    _done("SET MUSIC OFF", await session.command("SET MUSIC", "OFF"))


def _done(command: str, result: AgiResult) -> None:
    if result.result == "-1":
        raise AgiError(command, result.code, "Asterisk reports a failure; see its log")


def _digit(command: str, result: AgiResult) -> str | None:
    _done(command, result)
    try:
        pressed = int(result.result or "0")
    except ValueError:
        raise AgiError(command, result.code, f"unexpected result {result.result!r}") from None
    return chr(pressed) if pressed else None
