"""Asterisk's own log holds no caller's number or name, whatever goes wrong; and nobody
outside writes a line of it."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path

from tests.support.bad_sip import malformed, truncated
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.raw_sip import RawSip

NUMBER, NAME, DIALLED = "13977712345", "Zoltan Quxley", "95550987654"
FORGED = "2026-01-01 00:00:00.000] ERROR[1] forged.c"

NAMES = [
    f'"{NAME}" '.encode(), f'"{NAME} '.encode() + b'\xff\xfe\xe7\x8e" ',
    f'"{NAME}\\\r\n [{FORGED}" '.encode(), f'"{NAME}%0d%0a[{FORGED}" '.encode(),
    f'"{NAME * 40}" '.encode(), f"{NAME} ".encode(),
]  # fmt: skip


def written(asterisk: ParleyAsterisk) -> dict[Path, str]:
    asterisk.instance.flush_log()
    files = [path for path in asterisk.layout.folders.log.rglob("*") if path.is_file()]
    return {path: path.read_text(errors="replace") for path in files}


def bad(field: str, value: str, *, to: str = "4001") -> bytes:
    """An INVITE of our caller with one header that is not what it should be."""
    headers = {
        "Via": "SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKx",
        "From": f'"{NAME}" <sip:{NUMBER}@127.0.0.1>;tag=1',
        "To": f"<sip:{to}@127.0.0.1>",
        "Call-ID": "abc",
        "CSeq": "1 INVITE",
        "Contact": f"<sip:{NUMBER}@127.0.0.1:9>",
        "Max-Forwards": "70",
        "P-Asserted-Identity": f'"{NAME}" <sip:{NUMBER}@127.0.0.1>',
        "Content-Length": "0",
    }
    headers[field] = value
    lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    return f"INVITE sip:{to}@127.0.0.1 SIP/2.0\r\n{lines}\r\n".encode()


BROKEN = [
    bad("Via", "nonsense"),
    bad("From", f'"{NAME} <sip:{NUMBER}@127.0.0.1>;tag=1'),
    bad("From", f"<sip:{NUMBER}@[127.0.0.1>;tag=1"),
    bad("To", f"<sip:{DIALLED}@@@"),
    bad("CSeq", "one INVITE"),
    bad("CSeq", "99999999999999999999 INVITE"),
    bad("Contact", f"<sip:{NUMBER}@127.0.0.1:999999>"),
    bad("Max-Forwards", "-1"),
    bad("P-Asserted-Identity", f'"{NAME} <<sip:{NUMBER}@'),
    bad("Content-Length", "-1"),
    bad("Content-Length", "999999"),
    bad("Content-Type", "application/sdp"),
    bad("Expires", f"{NUMBER}{NUMBER}"),
    bad("Session-Expires", "x"),
    bad("Authorization", f'Digest username="{NUMBER}", realm='),
    bad("Record-Route", f"<sip:{NUMBER}@"),
    bad("Require", f"{NUMBER}"),
    bad("User-Agent", f"{NAME}\r\n\x00"),
    bad("Call-ID", f"\r\n[{FORGED}: x"),
    bad("Call-ID", f"%0d%0a[{FORGED}: x\xff\xfe"),
]


async def test_no_fault_writes_down_who_calls(parley_asterisk: ParleyAsteriskFactory) -> None:
    asterisk = await parley_asterisk()
    login = ("demo-carrier", asterisk.trunk_password("demo-carrier"))
    phone = ("6001", asterisk.phone_password("6001"))
    async with RawSip.to(asterisk.sip_port) as peer:
        for display in NAMES:
            peer.display = display.decode(errors="surrogateescape")
            with suppress(TimeoutError):  # some are no SIP at all
                await peer.request("INVITE", "4001", from_user=NUMBER, login=login, seconds=2)
        peer.display = f'"{NAME}" '
        for to in ("4001", DIALLED, "6001", "0", "s"):
            await peer.request("INVITE", to, from_user=NUMBER, login=login)
            await peer.request("INVITE", to, from_user=NUMBER)
            await peer.request("INVITE", to, from_user=NUMBER, login=(login[0], "wrong-password"))
        for method in ("REGISTER", "OPTIONS", "SUBSCRIBE", "MESSAGE", "PUBLISH", "REFER", "NOTIFY",
                       "INFO", "UPDATE", "PRACK"):  # fmt: skip
            await peer.request(method, NUMBER, from_user=NUMBER, login=login)
        # An agent's phone: a colleague who is not there, calls out that nobody takes.
        for to in ("6002", DIALLED, f"0{NUMBER}", "4001"):
            await peer.request("INVITE", to, from_user="6001", login=phone)
        for message in [*BROKEN, *malformed(), *truncated()]:
            peer.send(message.replace(b"evil", NUMBER.encode()))
            await asyncio.sleep(0.001)
        answer = await peer.request("OPTIONS", "4001", from_user=NUMBER, login=login)
        assert answer.status in (200, 404)
    await asterisk.instance.rx("core show channels")
    lines = [
        (path.name, line) for path, text in written(asterisk).items() for line in text.splitlines()
    ]
    telling = re.compile(f"{NUMBER}|{NAME}|Zoltan|{DIALLED}|5550987654")
    assert [pair for pair in lines if telling.search(pair[1])] == []
    assert [pair for pair in lines if pair[1].startswith(f"[{FORGED}")] == []
    strange = [line for name, line in lines if name == "messages.log" and line[:1] != "["]
    assert strange == [], "each line begins as a line of Asterisk's does"
