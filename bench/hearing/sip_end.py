"""Callers and agents' phones behind one UDP port: calls out with digest, calls in that
are answered when told to, re-INVITEs, hang-ups. Each has a stream of its own.

Made for a bench on loopback: of SIP's timers there is only repeating what was not answered.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from bench.hearing import sip_message
from bench.hearing.sip_message import Message
from bench.hearing.stream import Stream

_REPEAT = 0.5
_REPEATS = 20


@dataclass(eq=False)
class End:
    """One phone's call. ``mine`` and ``theirs`` are its From and To with tags, as we say
    them; ``other`` is the number it is with."""

    number: str
    other: str
    call_id: str
    stream: Stream
    mine: str
    theirs: str
    target: str
    tag: str
    login: tuple[str, str] = ("", "")
    invite: Message | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    failed: str = ""
    sequence: int = 1
    _branch: str = ""

    def branch(self, *, new: bool = True) -> str:
        """Of a new transaction, or the one of the last."""
        if new:
            self._branch = f"z9hG4bK{secrets.token_hex(8)}"
        return self._branch


class SipEnd(asyncio.DatagramProtocol):
    """``await SipEnd.open(port, server=..., make=..., rings=...)``. ``make`` gives a new
    stream; ``rings`` is told of each call that comes in."""

    def __init__(
        self, server: tuple[str, int], make: Callable[[], Stream], rings: Callable[[End], None]
    ) -> None:
        self._server, self._make, self._rings = server, make, rings
        self._ends: dict[str, End] = {}
        self._repeating: dict[str, asyncio.TimerHandle] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._port = 0

    @classmethod
    async def open(
        cls, port: int, *, server: tuple[str, int], make: Callable[[], Stream],
        rings: Callable[[End], None],
    ) -> SipEnd:  # fmt: skip
        """Listen on ``port``; raises OSError when it is taken."""
        end = cls(server, make, rings)
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: end, local_addr=("127.0.0.1", port))
        end._port = port
        return end

    @property
    def ends(self) -> list[End]:
        """Calls that are not over."""
        return list(self._ends.values())

    def call(self, number: str, to: str, login: tuple[str, str]) -> End:
        """Dial ``to`` as ``number`` with an account; wait for ``up`` or ``over``."""
        tag = secrets.token_hex(4)
        end = End(
            number, to, secrets.token_hex(12), self._make(),
            f"<sip:{number}@127.0.0.1:{self._port}>;tag={tag}", f"<sip:{to}@{self._host}>",
            f"sip:{to}@{self._host}", tag, login=login,
        )  # fmt: skip
        self._ends[end.call_id] = end
        self._repeat(end, self._request(end, "INVITE", body=sip_message.sdp(end.stream.port)))
        return end

    def answer(self, end: End) -> None:
        """Pick up a call that rings."""
        assert end.invite is not None
        end.stream.send_to(end.invite.sound_address())
        self._repeat(end, self._respond(end, end.invite, "200 OK", sound=True))

    def hang_up(self, end: End) -> None:
        """End a call that is up; ``over`` is set when the peer has said so too."""
        end.sequence += 1
        self._repeat(end, self._request(end, "BYE"))

    def close(self) -> None:
        for timer in self._repeating.values():
            timer.cancel()
        if self._transport is not None:
            self._transport.close()

    # Of asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            message = sip_message.parse(data)
            known = self._ends.get(message["call-id"])
        except (ValueError, KeyError):
            return
        if message.status:
            if known is not None:
                self._answered(known, message)
        elif message.method == "INVITE" and known is None:
            self._incoming(message)
        else:
            self._asked(known, message)

    def _incoming(self, invite: Message) -> None:
        tag = secrets.token_hex(4)
        end = End(
            invite.user("to"), invite.user("from"), invite["call-id"], self._make(),
            f"{invite['to']};tag={tag}", invite["from"], invite.uri("contact"), tag, invite=invite,
        )  # fmt: skip
        self._ends[end.call_id] = end
        self._send(self._respond(end, invite, "180 Ringing"))
        self._rings(end)

    def _asked(self, end: End | None, request: Message) -> None:
        """A request within a call, or one that needs none."""
        if end is None:
            if request.method != "ACK":
                gone = request.method != "OPTIONS"
                self._send(
                    sip_message.answer_to(request, "481 Not There" if gone else "200 OK", tag="x")
                )
        elif request.method == "ACK":
            self._settled(end)
            end.up.set()
        elif request.method == "INVITE":
            assert end.invite is not None or end.up.is_set()
            if end.invite is not None and request["cseq"] == end.invite["cseq"]:
                return  # repeated: our answer is repeated too
            end.stream.send_to(request.sound_address())
            self._send(self._respond(end, request, "200 OK", sound=True))
        else:
            cancelled = request.method == "CANCEL" and end.invite is not None
            self._send(self._respond(end, request, "200 OK"))
            if cancelled:
                assert end.invite is not None
                self._send(self._respond(end, end.invite, "487 Request Terminated"))
            if cancelled or request.method == "BYE":
                self._gone(end)

    def _answered(self, end: End, response: Message) -> None:
        if int(response["cseq"].split()[0]) != end.sequence:
            return  # of before, repeated
        self._settled(end)
        if response.status < 200:
            return
        if response.method == "BYE":
            self._gone(end)
        elif response.method == "INVITE":
            if response.status < 300:
                end.theirs, end.target = response["to"], response.uri("contact")
                end.stream.send_to(response.sound_address())
                self._send(self._request(end, "ACK"))
                end.up.set()
                return
            self._send(self._request(end, "ACK", new=False, to=response["to"]))
            challenge = response.headers.get("www-authenticate")
            if challenge and end.sequence == 1:
                end.sequence = 2
                login = sip_message.authorization(challenge[0], "INVITE", end.target, *end.login)
                body = sip_message.sdp(end.stream.port)
                self._repeat(end, self._request(end, "INVITE", body=body, login=login))
            else:
                end.failed = response.start
                self._gone(end)

    def _gone(self, end: End) -> None:
        self._settled(end)
        self._ends.pop(end.call_id, None)
        end.over.set()

    @property
    def _host(self) -> str:
        return f"{self._server[0]}:{self._server[1]}"

    def _request(
        self, end: End, method: str, *, body: str = "", login: str = "", new: bool = True,
        to: str = "",
    ) -> bytes:  # fmt: skip
        here = f"127.0.0.1:{self._port}"
        headers = [
            ("Via", f"SIP/2.0/UDP {here};rport;branch={end.branch(new=new)}"),
            ("From", end.mine), ("To", to or end.theirs), ("Call-ID", end.call_id),
            ("CSeq", f"{end.sequence} {method}"), ("Max-Forwards", "70"),
            ("Contact", f"<sip:{end.number}@{here}>"),
        ]  # fmt: skip
        if login:
            headers.append(("Authorization", login))
        return sip_message.compose(f"{method} {end.target} SIP/2.0", headers, body)

    def _respond(self, end: End, request: Message, status: str, *, sound: bool = False) -> bytes:
        return sip_message.answer_to(
            request, status, tag=end.tag, contact=f"<sip:{end.number}@127.0.0.1:{self._port}>",
            body=sip_message.sdp(end.stream.port) if sound else "",
        )  # fmt: skip

    def _send(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(data, self._server)

    def _repeat(self, end: End, data: bytes, times: int = _REPEATS) -> None:
        """Send now, and again until the peer says something to it."""
        self._settled(end)
        self._send(data)
        if times:
            loop = asyncio.get_running_loop()
            self._repeating[end.call_id] = loop.call_later(
                _REPEAT, self._repeat, end, data, times - 1
            )

    def _settled(self, end: End) -> None:
        if timer := self._repeating.pop(end.call_id, None):
            timer.cancel()
