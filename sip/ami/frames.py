"""Which messages of Asterisk are believed, and how an event is read.

Asterisk prints names and numbers that strangers chose as they are. Whoever can put
CR LF into one adds headers to an event, and with two of them an event of their own. So
an event is believed only if

* it begins as Asterisk begins events: kind, privilege, time, and the name of this
  Asterisk (``systemname`` in asterisk.conf, chosen at random for each installation),
  which no stranger knows and which comes before anything a stranger could have chosen;
* it is whole: each line is a header, no header comes twice, no value has a control
  character.

An event of a list (``Status``) carries the ActionID of the question instead, which is
chosen at random by us.
"""

from __future__ import annotations

import re
from typing import ClassVar

from core.errors import BadInput
from sip.ami.messages import AmiEvent, Headers

_LINE = re.compile(r"([!-9;-~]+):(?: (.*))?", re.DOTALL)
# Line ends of Unicode end no line here, and may stand in a name.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# What Asterisk itself repeats: one line for each variable.
_REPEATED = frozenset({"variable", "chanvariable"})
_DEBUG = rb"(?:SequenceNumber: \d+\r\nFile: [^\r\n]*\r\nLine: \d+\r\nFunc: [^\r\n]*\r\n)?"
_NAMED = re.compile(rb"\r\n(?:Uniqueid|Channel): ([^\r\n]{1,200})")


class NotWhole(BadInput):
    """A message that may have been made, or torn, by what a stranger sent."""

    code: ClassVar[str] = "ami_not_whole"


class Genuine:
    """Tells Asterisk's own events from those that hide in a value of one.

    ``system`` is the ``SystemName`` that Asterisk answers to ``CoreSettings``; without
    one any event that begins properly is believed.
    """

    def __init__(self, system: str) -> None:
        name = rb"SystemName: " + re.escape(system.encode()) + rb"\r\n" if system else b""
        self._start = re.compile(
            rb"Event: [A-Za-z_]+\r\nPrivilege: [A-Za-z0-9_,<> ]+\r\n"
            rb"(?:Timestamp: \d+\.\d+\r\n)?" + _DEBUG + name
        )

    def __call__(self, frame: bytes) -> bool:
        """Whether ``frame`` (without the empty line at its end) is Asterisk's own."""
        return self._start.match(frame) is not None


def read_event(frame: bytes) -> AmiEvent:
    """The event that ``frame`` is; raises :class:`NotWhole`."""
    headers: Headers = {}
    for line in frame.decode("utf-8", "replace").split("\r\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            raise NotWhole("A line of it is no header.")
        name, value = match[1], match[2] or ""
        if _CONTROL.search(value):
            raise NotWhole(f"{name} has a control character.")
        key = name.lower()
        known = headers.get(key)
        if known is None:
            headers[key] = (name, value)
        elif key in _REPEATED:
            so_far = known[1] if isinstance(known[1], list) else [known[1]]
            headers[key] = (name, [*so_far, value])
        else:
            raise NotWhole(f"{name} comes twice.")
    event = headers.get("event")
    if event is None:
        raise NotWhole("It does not say what happened.")
    return AmiEvent(str(event[1]), headers)


def channels_named(frame: bytes) -> list[str]:
    """The ids and names of channels in a frame that is not believed, to ask about."""
    return [found.decode("utf-8", "replace") for found in _NAMED.findall(frame)[:8]]
