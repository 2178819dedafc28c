"""Pings whose answers are looked at."""

from __future__ import annotations

import asyncio

from sip.ami.settings import AmiSettings
from sip.ami.wire import Exchange, Wire


class Liveness:
    """Pings ``wire`` every ``ping_every`` seconds and loses it when an answer takes
    longer than ``ping_timeout``.

    While an action is pending that was given a time-out longer than usual (a reload,
    say), the verdict waits: Asterisk answers one action at a time.
    """

    def __init__(self, wire: Wire, settings: AmiSettings) -> None:
        self._wire = wire
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(settings.ping_every, self._ping)

    def stop(self) -> None:
        """Ping no more."""
        self._timer.cancel()

    def _ping(self) -> None:
        if self._wire.closed:
            return
        exchange = self._wire.start({"Action": "Ping"})
        self._timer = self._loop.call_later(self._settings.ping_timeout, self._judge, exchange)

    def _judge(self, exchange: Exchange) -> None:
        # Runs after the reads of the same turn of the loop: a loop that was blocked
        # itself does not take that for a silent Asterisk.
        if self._wire.closed:
            return
        if exchange.done.done():
            self._wire.forget(exchange)
            pause = max(self._settings.ping_every - self._settings.ping_timeout, 0)
            self._timer = self._loop.call_later(pause, self._ping)
        elif self._wire.busy:
            pause = self._settings.ping_timeout
            self._timer = self._loop.call_later(pause, self._judge, exchange)
        else:
            self._wire.lose(f"no answer to a ping in {self._settings.ping_timeout:g} s")
