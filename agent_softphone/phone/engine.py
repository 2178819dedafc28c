"""The library's life: start, the one loop, an orderly end."""

from __future__ import annotations

import gc
import heapq
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from agent_softphone.phone.account import Account
from agent_softphone.phone.calls import MAX_CALLS, Calls
from agent_softphone.phone.commands import run_command
from agent_softphone.phone.errors import Refused
from agent_softphone.phone.wire import Commands, Events

MAX_ACCOUNTS = 8
_POLL_BUSY_MS, _POLL_IDLE_MS = 2, 10
_END_SECONDS = 1.5


class Engine:
    """Runs commands and the SIP library in turn, all in the main thread."""

    def __init__(self, *, bind: str, log_level: int, codecs: list[str]) -> None:
        self.events = Events()
        self.bind = bind
        self.quitting = False
        self.accounts: dict[str, Account] = {}
        self._commands = Commands()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.ep = pj.Endpoint()
        self.ep.libCreate()
        self.ep.libInit(_config(log_level))
        self.ep.libStart()
        self.ep.audDevManager().setNullDev()
        self._choose_codecs(codecs)
        self.calls = Calls(self)

    def _choose_codecs(self, wanted: list[str]) -> None:
        for codec in self.ep.codecEnum2():
            self.ep.codecSetPriority(codec.codecId, 0)
        for place, codec_id in enumerate(wanted):
            self.ep.codecSetPriority(codec_id, 255 - place)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Run ``action`` in the loop after a while."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), action))

    def add_account(self, account: Account) -> None:
        """Keep an account; raises :class:`Refused` when there are too many."""
        self.accounts[account.name] = account

    def run(self) -> None:
        """Until ``quit``, the end of stdin, SIGTERM, or nobody reads our events."""
        for sig in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, lambda *_: setattr(self, "quitting", True))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is our parent's to handle
        self.events.post("ready", pid=os.getpid(), version=self.ep.libVersion().full)
        try:
            while not (self.quitting or self._commands.ended):
                self._turn()
            self._say_goodbye()
        except BrokenPipeError:
            self._say_goodbye(quiet=True)
        self._destroy()

    def _turn(self) -> None:
        self.ep.libHandleEvents(_POLL_BUSY_MS if len(self.calls) else _POLL_IDLE_MS)
        for line in self._commands.lines():
            self._obey(line)
        while self._timers and self._timers[0][0] <= time.monotonic():
            action = heapq.heappop(self._timers)[2]
            try:
                action()
            except pj.Error as error:
                self.events.post("error", message=error.info())
        self.calls.release_ended()
        self.events.flush()

    def _obey(self, line: bytes) -> None:
        number: Any = None
        try:
            command = json.loads(line)
            number = command["id"]
            answer = run_command(self, command)
            self.events.post("reply", id=number, ok=True, **answer)
        except Refused as refused:
            self._refuse(number, refused.code, str(refused))
        except pj.Error as error:
            self._refuse(number, "sip", f"{error.title}: {error.reason}")
        except KeyError as missing:
            self._refuse(number, "bad_command", f"The field {missing} is missing")
        except (ValueError, TypeError) as error:
            self._refuse(number, "bad_command", str(error))

    def _refuse(self, number: Any, code: str, message: str) -> None:
        self.events.post("reply", id=number, ok=False, code=code, message=message)

    def _say_goodbye(self, *, quiet: bool = False) -> None:
        """End calls and registrations, and give the other side a moment to confirm."""
        until = time.monotonic() + _END_SECONDS
        self._timers.clear()
        self.calls.hang_up_all()
        for account in self.accounts.values():
            if account.registered:
                account.leave()
        while time.monotonic() < until and (
            len(self.calls) or any(a.registered for a in self.accounts.values())
        ):
            self.ep.libHandleEvents(_POLL_BUSY_MS)
            self.calls.release_ended()
            if not quiet:
                try:
                    self.events.flush()
                except BrokenPipeError:
                    quiet = True

    def _destroy(self) -> None:
        """Calls, accounts, ports, then the library: any other order aborts."""
        self.calls.release_ended()
        for account in self.accounts.values():
            account.shutdown()
        self.accounts.clear()
        for _ in range(5):
            self.ep.libHandleEvents(_POLL_BUSY_MS)
        self.calls.release_ports()
        gc.collect()
        # We have said goodbye ourselves; else the library waits a second for the network.
        self.ep.libDestroy(pj.PJSUA_DESTROY_NO_NETWORK)
        sys.stderr.flush()


def _config(log_level: int) -> Any:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = MAX_CALLS
    config.uaConfig.userAgent = "parley-phone"
    config.logConfig.level = config.logConfig.consoleLevel = log_level
    config.logConfig.decor |= pj.PJ_LOG_HAS_TIME
    media = config.medConfig
    media.clockRate = media.sndClockRate = 8000
    media.audioFramePtime = 20
    media.sndAutoCloseTime = -1
    media.noVad = True
    media.ecTailLen = 0
    return config
