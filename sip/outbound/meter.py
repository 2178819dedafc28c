"""How long calls out talk, trunk by trunk, by what Asterisk tells of their channels."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip.ami import AmiClient, AmiEvent
from sip.outbound.usage import Usage

log = get_logger(__name__)

_DOWN, _UP = "0", "6"
_MOST = 20_000  # channels at once; more than an Asterisk carries


@dataclass(slots=True)
class _Out:
    trunk: str
    since: float | None = None  # monotonic, from the answer on


class TrunkMeter:
    """Follows the channels that Asterisk makes towards ``trunks``. A channel that comes in
    rings from its first event on, one that goes out is still down then."""

    def __init__(self, ami: AmiClient, usage: Usage, trunks: Collection[str]) -> None:
        self._usage = usage
        self._trunks = frozenset(trunks)
        self._out: dict[tuple[str, str], _Out] = {}
        self._tasks = TaskOwner("trunk-meter")
        ami.on("Newchannel", self._new)
        ami.on("Newstate", self._state)
        ami.on("Hangup", self._ended)

    async def close(self) -> None:
        """Store what is on its way."""
        await self._tasks.drain(3.0)
        await self._tasks.close()

    async def seconds_today(self, trunk: str) -> float:
        """Talk out through ``trunk``, calls under way included. Raises
        :class:`~core.redis.RedisUnavailable`."""
        now = time.monotonic()
        running = sum(
            now - one.since
            for one in self._out.values()
            if one.trunk == trunk and one.since is not None
        )
        return running + await self._usage.seconds_today(trunk)

    def _new(self, event: AmiEvent) -> None:
        technology, _, name = event.get("Channel").partition("/")
        trunk = name.rpartition("-")[0]
        if technology != "PJSIP" or trunk not in self._trunks:
            return
        if event.get("ChannelState") == _DOWN and len(self._out) < _MOST:
            self._out[_channel(event)] = _Out(trunk)

    def _state(self, event: AmiEvent) -> None:
        one = self._out.get(_channel(event))
        if one is not None and one.since is None and event.get("ChannelState") == _UP:
            one.since = time.monotonic()

    def _ended(self, event: AmiEvent) -> None:
        one = self._out.pop(_channel(event), None)
        if one is not None and one.since is not None:
            seconds = time.monotonic() - one.since
            self._tasks.start(self._store(one.trunk, seconds), name="store")

    async def _store(self, trunk: str, seconds: float) -> None:
        try:
            await self._usage.add_seconds(trunk, seconds)
        except ParleyError as error:
            log.warning("outbound.minutes_not_stored", trunk=trunk, code=error.code)


def _channel(event: AmiEvent) -> tuple[str, str]:
    """Id and name: of both, only the name stands before what strangers chose."""
    return event.get("Uniqueid"), event.get("Channel")
