"""The calls of the process: at most four, as pjsua2 is compiled."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from agent_softphone.phone.account import Account
from agent_softphone.phone.audio import CallPort
from agent_softphone.phone.call import STATES, Call
from agent_softphone.phone.errors import Refused
from agent_softphone.phone.message import address, headers

if TYPE_CHECKING:
    from agent_softphone.phone.engine import Engine

MAX_CALLS = 4


class Calls:
    """Owns calls and their audio ports."""

    def __init__(self, engine: Engine) -> None:
        self.events = engine.events
        self._engine = engine
        self._numbers = itertools.count(1)
        self._live: dict[str, Call] = {}
        self._over: list[Call] = []
        self._free_ports: list[CallPort] = []
        self._all_ports: list[CallPort] = []

    def __len__(self) -> int:
        return len(self._live)

    def get(self, name: str) -> Call:
        """The live call of that name; raises :class:`Refused`."""
        try:
            return self._live[name]
        except KeyError:
            raise Refused("no_such_call", f"There is no call {name} (any more)") from None

    def place(self, account: Account, uri: str, prm: Any) -> Call:
        """Send an INVITE."""
        if len(self._live) >= MAX_CALLS:
            raise Refused("too_many_calls", f"One phone process has at most {MAX_CALLS} calls")
        call = Call(self, account, f"c{next(self._numbers)}")
        self._live[call.name] = call
        try:
            call.makeCall(uri, prm)
        except pj.Error:
            self.over(call)
            raise
        return call

    def incoming(self, account: Account, prm: Any) -> None:
        """A new INVITE is here: ring, tell, and answer by itself where asked to."""
        t = time.time()
        call = Call(self, account, f"c{next(self._numbers)}", prm.callId)
        self._live[call.name] = call
        if account.settings.ring:
            ringing = pj.CallOpParam()
            ringing.statusCode = pj.PJSIP_SC_RINGING
            call.answer(ringing)
        fields = headers(prm.rdata.wholeMsg)
        user, name = address(fields.get("from", ""))
        call.tell(
            "incoming",
            t=t,
            account=account.name,
            from_user=user,
            from_name=name,
            to_user=address(fields.get("to", ""))[0],
            headers=fields,
        )
        if account.auto_answer is not None:
            delay, code = account.auto_answer
            self._engine.later(delay, lambda: self.answer(call, code))

    def answer(self, call: Call, code: int, headers: Mapping[str, str] | None = None) -> None:
        """Send a response to the INVITE, unless the call has ended meanwhile."""
        if call.ended:
            return
        if code >= 300:
            call.ended_by_us = True
        prm = pj.CallOpParam()
        prm.statusCode = code
        for name, value in (headers or {}).items():
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            prm.txOption.headers.append(header)
        call.answer(prm)

    def hang_up(self, call: Call) -> None:
        """BYE, CANCEL or 603, as the state asks for."""
        call.ended_by_us = True
        call.hangup(pj.CallOpParam())

    def hang_up_all(self) -> None:
        """End every call."""
        for call in list(self._live.values()):
            if STATES.get(call.getInfo().state) != "disconnected":
                self.hang_up(call)

    def take_port(self, call: Call) -> CallPort:
        """An audio port for a new call; it is joined to the stream when there is one."""
        if self._free_ports:
            port = self._free_ports.pop()
        else:
            port = CallPort(len(self._all_ports))
            self._all_ports.append(port)
        port.begin(call.tell)
        return port

    def port_of(self, call: Call) -> CallPort:
        """The call's audio port; raises :class:`Refused` when the call has ended."""
        if call.port is None:
            raise Refused("no_such_call", f"Call {call.name} has ended")
        return call.port

    def over(self, call: Call) -> None:
        """The call has ended; it is released by :meth:`release_ended`, outside its callback."""
        self._live.pop(call.name, None)
        self._over.append(call)
        if call.port is not None:
            call.port.end()
            self._free_ports.append(call.port)
            call.port = None

    def release_ended(self) -> None:
        """Let go of the library's objects of ended calls."""
        self._over.clear()

    def release_ports(self) -> None:
        """Let go of the audio ports, before the library is destroyed."""
        self._free_ports.clear()
        self._all_ports.clear()
