"""The ``agi_name: value`` lines with which Asterisk describes a channel.

Asterisk prints what callers chose as it is, so that a line feed in a number makes lines
of its own. Asterisk's own lines have known names and come in one order, each once. Here
anything else ends the opening: a forged line would have to come twice, or too early.
"""

from __future__ import annotations

import re

from sip.agi.errors import AgiBadRequest

MAX_VALUE = 4096  # bytes of a line

# In the order in which Asterisk prints them (res_agi.c: launch_netscript, setup_env).
_NAMES = (
    "network", "network_script", "request", "channel", "language", "type", "uniqueid", "version",
    "callerid", "calleridname", "callingpres", "callingani2", "callington", "callingtns", "dnid",
    "rdnis", "context", "extension", "priority", "enhanced", "accountcode", "threadid",
)  # fmt: skip
_PLACE = {name: place for place, name in enumerate(_NAMES)}
_ARGUMENT = re.compile(r"arg_([1-9][0-9]{0,2})")
# Line ends of Unicode end no line here, and may stand in a name.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SHAPES = {
    # systemname-epoch.number, or an id of ours.
    "uniqueid": re.compile(r"[A-Za-z0-9_.:;-]{1,150}"),
    "channel": re.compile(r"[A-Za-z0-9_./:;@+*#-]{1,128}"),
    "context": re.compile(r"[A-Za-z0-9_-]{1,80}"),
    "priority": re.compile(r"[0-9]{1,9}"),
    "callingpres": re.compile(r"[0-9]{1,3}"),
}


class Environment:
    """Collects the lines of one opening. ``values`` has the names without ``agi_``."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._place = -1

    def add(self, line: str) -> None:
        """Take the next line; raises :class:`AgiBadRequest` if Asterisk would not have
        printed it, or not here."""
        prefixed, separator, value = line.partition(":")
        name = prefixed.removeprefix("agi_")
        if not separator or name == prefixed:
            raise AgiBadRequest("A line is not 'agi_name: value'.")
        place = self._place_of(name)
        if place <= self._place:
            raise AgiBadRequest(f"agi_{name} comes twice or too late.")
        self._place = place
        value = value.strip(" ")
        shape = _SHAPES.get(name)
        if _CONTROL.search(value) or (shape is not None and not shape.fullmatch(value)):
            raise AgiBadRequest(f"agi_{name} has characters that it cannot have.")
        self.values[name] = value

    def _place_of(self, name: str) -> int:
        if (match := _ARGUMENT.fullmatch(name)) is not None:
            return len(_NAMES) + int(match[1])
        place = _PLACE.get(name)
        if place is None:
            raise AgiBadRequest("A line has a name that Asterisk does not use.")
        return place
