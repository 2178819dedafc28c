"""What each command does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from agent_softphone.phone.account import Account, Settings
from agent_softphone.phone.audio import read_wav, sine
from agent_softphone.phone.errors import Refused
from agent_softphone.phone.hearing import RATE

if TYPE_CHECKING:
    from agent_softphone.phone.call import Call
    from agent_softphone.phone.engine import Engine

Command = dict[str, Any]
Answer = dict[str, Any]

_DIGITS = re.compile(r"[0-9A-D*#]+")
_SAFE = re.compile(r"[^\r\n\x00]*")


def run_command(engine: Engine, command: Command) -> Answer:
    """Carry out one command; raises Refused, KeyError, ValueError or pj.Error."""
    name = command["do"]
    if name not in _COMMANDS:
        raise Refused("bad_command", f"There is no command {name!r}")
    return _COMMANDS[name](engine, command) or {}


def _account_of(engine: Engine, command: Command) -> Account:
    name = command["account"]
    if name not in engine.accounts:
        raise Refused("no_such_account", f"There is no account {name}")
    return engine.accounts[name]


def _call_of(engine: Engine, command: Command) -> Call:
    return engine.calls.get(command["call"])


def _account(engine: Engine, command: Command) -> Answer:
    from agent_softphone.phone.engine import MAX_ACCOUNTS

    if len(engine.accounts) >= MAX_ACCOUNTS:
        raise Refused("too_many_accounts", f"One process has at most {MAX_ACCOUNTS} accounts")
    account = Account(engine, f"a{len(engine.accounts) + 1}", Settings.read(command))
    engine.add_account(account)
    _auto_answer(engine, {"account": account.name, "delay": command.get("auto_answer")})
    return {"account": account.name, "local_port": account.local_port}


def _register(engine: Engine, command: Command) -> None:
    _account_of(engine, command).join()


def _unregister(engine: Engine, command: Command) -> None:
    _account_of(engine, command).leave()


def _auto_answer(engine: Engine, command: Command) -> None:
    delay = command.get("delay")
    code = int(command.get("code", 200))
    _account_of(engine, command).auto_answer = None if delay is None else (float(delay), code)


def _call(engine: Engine, command: Command) -> Answer:
    account = _account_of(engine, command)
    uri = _plain(command["uri"])
    if account.settings.transport == "tcp" and "transport=" not in uri:
        uri += account.settings.suffix
    prm = pj.CallOpParam(True)
    prm.opt.audioCount, prm.opt.videoCount = 1, 0
    if command.get("from_user"):
        prm.txOption.localUri = account.settings.uri(
            _plain(command["from_user"]), _plain(command.get("from_name", ""))
        )
    for name, value in command.get("headers", {}).items():
        header = pj.SipHeader()
        header.hName, header.hValue = _plain(name), _plain(value)
        prm.txOption.headers.append(header)
    t = time.time()
    return {"call": engine.calls.place(account, uri, prm).name, "sent": t}


def _answer(engine: Engine, command: Command) -> None:
    call, code = _call_of(engine, command), int(command.get("code", 200))
    delay = float(command.get("delay", 0))
    if delay > 0:
        engine.later(delay, lambda: engine.calls.answer(call, code))
    else:
        engine.calls.answer(call, code)


def _reject(engine: Engine, command: Command) -> None:
    code = int(command.get("code", 486))
    if not 300 <= code <= 699:
        raise Refused("bad_command", f"{code} does not reject a call; allowed: 300 to 699")
    given = command.get("headers", {})
    headers = {_plain(name): _plain(value) for name, value in given.items()}
    engine.calls.answer(_call_of(engine, command), code, headers)


def _hang_up(engine: Engine, command: Command) -> Answer:
    t = time.time()
    engine.calls.hang_up(_call_of(engine, command))
    return {"sent": t}


def _hold(engine: Engine, command: Command) -> None:
    _call_of(engine, command).setHold(pj.CallOpParam(True))


def _unhold(engine: Engine, command: Command) -> None:
    prm = pj.CallOpParam(True)
    prm.opt.flag = pj.PJSUA_CALL_UNHOLD
    _call_of(engine, command).reinvite(prm)


def _transfer(engine: Engine, command: Command) -> None:
    call, other = _call_of(engine, command), command.get("other")
    if other:
        call.xferReplaces(engine.calls.get(other), pj.CallOpParam())
    else:
        call.xfer(_plain(command["uri"]), pj.CallOpParam())


def _dtmf(engine: Engine, command: Command) -> None:
    methods = {"rfc4733": pj.PJSUA_DTMF_METHOD_RFC2833, "info": pj.PJSUA_DTMF_METHOD_SIP_INFO}
    digits, method = str(command["digits"]).upper(), command.get("method", "rfc4733")
    if not _DIGITS.fullmatch(digits) or method not in methods:
        raise Refused("bad_command", "digits are 0-9 A-D * #, the method rfc4733 or info")
    prm = pj.CallSendDtmfParam()
    prm.digits, prm.method = digits, methods[method]
    prm.duration = int(command.get("duration", 100))
    _call_of(engine, command).sendDtmf(prm)


def _play(engine: Engine, command: Command) -> Answer:
    data = read_wav(command["file"])
    port = engine.calls.port_of(_call_of(engine, command))
    port.play(data, loop=bool(command.get("loop", False)))
    return {"seconds": len(data) / 2 / RATE}


def _tone(engine: Engine, command: Command) -> None:
    port = engine.calls.port_of(_call_of(engine, command))
    hz = [float(f) for f in command["hz"]]
    if hz:
        port.play(sine(hz, float(command.get("level", -16))), loop=True)
    else:
        port.stop_play()


def _stop_play(engine: Engine, command: Command) -> None:
    engine.calls.port_of(_call_of(engine, command)).stop_play()


def _record(engine: Engine, command: Command) -> None:
    engine.calls.port_of(_call_of(engine, command)).record(command["file"])


def _stop_record(engine: Engine, command: Command) -> Answer:
    return {"seconds": engine.calls.port_of(_call_of(engine, command)).stop_record()}


def _levels(engine: Engine, command: Command) -> Answer:
    return engine.calls.port_of(_call_of(engine, command)).levels()


def _quit(engine: Engine, _command: Command) -> None:
    engine.quitting = True


def _ping(_engine: Engine, _command: Command) -> None:
    return None


def _plain(text: Any) -> str:
    if not isinstance(text, str) or not _SAFE.fullmatch(text):
        raise Refused("bad_command", "Texts that go into SIP messages have no line breaks")
    return text


_COMMANDS: dict[str, Callable[[Engine, Command], Answer | None]] = {
    "account": _account,
    "register": _register,
    "unregister": _unregister,
    "auto_answer": _auto_answer,
    "call": _call,
    "answer": _answer,
    "reject": _reject,
    "hangup": _hang_up,
    "hold": _hold,
    "unhold": _unhold,
    "transfer": _transfer,
    "dtmf": _dtmf,
    "play": _play,
    "tone": _tone,
    "stop_play": _stop_play,
    "record": _record,
    "stop_record": _stop_record,
    "levels": _levels,
    "ping": _ping,
    "quit": _quit,
}
