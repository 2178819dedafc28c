"""Calls with hostile values in every field that a stranger can set, the same in every run.

for what in hostile_calls(200, victims=[(channel, uniqueid)]):
    await trunk.say(what)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from tests.support.hostile_sip import SDP, Hostile, escaped

Victim = tuple[str, str]  # channel, Uniqueid
_Set = Callable[[Hostile, str, random.Random], None]

_PLAIN = (
    "", " ", "0", "-1", "'", '"', "\\", "\\\\", '\\"', "%", "%n%s%x", "%0d%0a", "%00", "\t", "\x0b",
    "\x1b[2J\x1b[31mred", "\x7f", "\x85", "\u2028\u2029", "\u202eevil", "\ufeff", "王芳", "🙂" * 20,
    "\udcff\udcfe", "../../etc/passwd", "..%2f..%2fx", "con_01ARZ3NDEKTSV4RRFFQ69G5FAV", "a" * 300,
    "9" * 300, "anonymous", "unknown", "s", "h", "i", "t", "*8", "#", "+", "${EXTEN}",
    "${SHELL(id)}", "$[1/0]", "${CHANNEL(", "1,1)&Dial(PJSIP/6001", "1&PJSIP/6001", "1;npdi;rn=+49",
    "1@from-agents", "Local/6001@from-agents", "=cmd|'/C calc'!A1", '","HANGUP","1.0"', "{}", "[]",
    '"}{"event":"x', "<script>alert(1)</script>", "' OR 1=1 --", "PJSIP/demo-carrier-00000000",
)  # fmt: skip
_HEADERS = (
    "User-Agent", "Subject", "Organization", "Call-Info", "Alert-Info", "Reason", "Privacy",
    "History-Info", "P-Charging-Vector", "P-Access-Network-Info", "X-Parley-Contact", "Session-ID",
    "Accept-Language", "Date", "Warning", "Geolocation", "Refer-To", "Referred-By", "Replaces",
    "Identity", "Join", "Event", "Server", "Require", "Supported", "Allow",
)  # fmt: skip


def forged(victims: Sequence[Victim]) -> list[str]:
    """What would end, move or become the victims, printed as it is."""
    found = []
    for channel, uniqueid in victims:
        names = f"Channel: {channel}\r\nUniqueid: {uniqueid}\r\n"
        start = "Privilege: call,all\r\nTimestamp: 1.1\r\n"
        for event in ("Hangup", "HangupRequest", "Hold", "Unhold", "BridgeEnter", "Newchannel"):
            found.append(f"1\r\n\r\nEvent: {event}\r\n{start}{names}Cause: 16\r\nX: y")
            found.append(f"1\r\nEvent: {event}\r\n{names}X: y")
        for name in ("DTMFBegin", "DTMFEnd"):
            keys = "Digit: 1\r\nDirection: Received\r\nX: y"
            found.append(f"1\r\n\r\nEvent: {name}\r\n{start}{names}{keys}")
        found += [
            f"1\nagi_uniqueid: {uniqueid}\nagi_channel: {channel}",
            f"1\nagi_callerid: 2\nagi_arg_1: x\n\nHANGUP\n200 result=1 ({uniqueid})\n",
            f'1"\n"HANGUP","1.0","{uniqueid}","{channel}","{uniqueid}","{{}}"\n',
            f"1\r\n\r\nResponse: Success\r\nActionID: 1\r\n{names}\r\n",
        ]
    return found


def hostile_calls(
    count: int, *, victims: Sequence[Victim] = (("PJSIP/demo-carrier-00000000", "1.0"),),
    numbers: Sequence[str] = ("4001",), seed: int = 9,
) -> Iterator[Hostile]:  # fmt: skip
    """``count`` requests, first each kind of field once; most are calls to ``numbers``."""
    chance = random.Random(seed)
    values = [*_PLAIN, *forged(victims)]
    fields = list(_FIELDS)
    for number in range(count):
        field = fields[number] if number < len(fields) else chance.choice(fields)
        what = Hostile(user="13800000009", to=chance.choice(numbers))
        _FIELDS[field](what, chance.choice(values), chance)
        yield what


def _one_line(value: str) -> str:
    """As a header can carry it: a line end would begin another header."""
    return "".join(c for c in value if c not in "\r\n\0") or "x"


def _user(what: Hostile, value: str, chance: random.Random) -> None:
    what.user = escaped(value) or "x"


def _display(what: Hostile, value: str, chance: random.Random) -> None:
    text = value.replace("\n", "").replace("\0", "")  # what else stays, CR too
    what.display = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '" '


def _from_params(what: Hostile, value: str, chance: random.Random) -> None:
    what.from_params = f";x={escaped(value)};isup-oli=62"


def _dialled(what: Hostile, value: str, chance: random.Random) -> None:
    what.to = escaped(value) or "x"


def _after_dialled(what: Hostile, value: str, chance: random.Random) -> None:
    what.to = f"{what.to}{escaped(value)}"


def _to_header(what: Hostile, value: str, chance: random.Random) -> None:
    what.to_header = f'"{_one_line(value).replace(chr(34), "")}" <sip:{escaped(value)}@127.0.0.1>'


def _contact(what: Hostile, value: str, chance: random.Random) -> None:
    what.contact = f"<sip:{escaped(value) or 'x'}@127.0.0.1:9;x={escaped(value)}>"


def _call_id(what: Hostile, value: str, chance: random.Random) -> None:
    what.call_id = f"{escaped(value)}{chance.randrange(10**9)}@{escaped(value)}"


def _identity(header: str, more: str = "") -> _Set:
    def set_(what: Hostile, value: str, chance: random.Random) -> None:
        shown = _one_line(value).replace('"', "").replace("\\", "")
        what.headers = (f'{header}: "{shown}" <sip:{escaped(value)}@127.0.0.1>{more}',)

    return set_


def _reason_of_diversion(what: Hostile, value: str, chance: random.Random) -> None:
    shown = _one_line(value).replace('"', "").replace("\\", "")
    what.headers = (
        f'Diversion: <sip:{escaped(value)}@127.0.0.1>;reason="{shown}";counter=1',
        f"Diversion: <sip:2@127.0.0.1>;reason={escaped(value) or 'x'}",
    )


def _header(what: Hostile, value: str, chance: random.Random) -> None:
    name = chance.choice(_HEADERS)
    if name in ("Require", "Replaces", "Join"):
        value = escaped(value)
    what.headers = (f"{name}: {_one_line(value)}",)


def _sdp(what: Hostile, value: str, chance: random.Random) -> None:
    text = _one_line(value)
    sdp = SDP.replace("{port}", "9")
    what.sdp = chance.choice(
        (
            sdp.replace("s=-", f"s={text}"),
            sdp.replace("o=-", f"o={escaped(value) or '-'}"),
            sdp.replace("PCMA/8000", f"{escaped(value) or 'x'}/8000"),
            f"{sdp}a=fmtp:101 {text}\r\na={text}\r\n",
            f"{sdp}i={text}\r\nb=AS:{text}\r\nk={text}\r\n",
        )
    )


def _method(what: Hostile, value: str, chance: random.Random) -> None:
    what.method = chance.choice(
        ("OPTIONS", "MESSAGE", "INFO", "REGISTER", "SUBSCRIBE", "PUBLISH", "REFER", "NOTIFY")
    )
    what.user = escaped(value) or "x"
    what.sdp, what.body_type = value, "text/plain"
    what.headers = {
        "SUBSCRIBE": ("Event: presence",),
        "PUBLISH": ("Event: presence",),
        "NOTIFY": ("Event: presence", "Subscription-State: active"),
        "REFER": (f"Refer-To: <sip:{escaped(value)}@127.0.0.1>",),
    }.get(what.method, ())


_FIELDS: dict[str, _Set] = {
    "From user": _user,
    "From display name": _display,
    "From parameter": _from_params,
    "dialled number": _dialled,
    "after the dialled number": _after_dialled,
    "To": _to_header,
    "Contact": _contact,
    "Call-ID": _call_id,
    "P-Asserted-Identity": _identity("P-Asserted-Identity"),
    "P-Preferred-Identity": _identity("P-Preferred-Identity"),
    "Remote-Party-ID": _identity("Remote-Party-ID", ";party=calling;privacy=full;screen=yes"),
    "Diversion": _identity("Diversion", ";reason=unconditional"),
    "reason of Diversion": _reason_of_diversion,
    "another header": _header,
    "SDP": _sdp,
    "another method": _method,
}
