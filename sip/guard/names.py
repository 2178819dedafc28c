"""Addresses of carriers that are known by host name (A and AAAA).

Asterisk is given a carrier's port, and with a port no SRV record is asked for (RFC 3263,
section 4.2), so that these are the addresses it uses too.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterable
from ipaddress import ip_network

from core.log import get_logger
from sip.guard.addresses import Net

log = get_logger(__name__)

REFRESH_SECONDS = 300.0
RETRY_SECONDS = 15.0
_PATIENCE = 10.0
_KEPT_SECONDS = 86_400.0  # answers change from one question to the next; old ones stay valid
_MOST_EACH = 64


class Names:
    """``hosts`` with the addresses they had within the last day."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = tuple(dict.fromkeys(hosts))
        self._found: dict[str, dict[Net, float]] = {}  # host -> address -> last seen
        self._missing: set[str] = set()

    @property
    def networks(self) -> list[Net]:
        """Every address of every host."""
        return [net for found in self._found.values() for net in found]

    async def refresh(self) -> float:
        """Ask for all of them; in how many seconds to ask again."""
        for host in self._hosts:
            try:
                async with asyncio.timeout(_PATIENCE):
                    infos = await asyncio.get_running_loop().getaddrinfo(
                        host, None, type=socket.SOCK_DGRAM
                    )
            except (OSError, UnicodeError, TimeoutError) as error:
                if host not in self._missing:
                    self._missing.add(host)
                    log.warning("sip_guard.unknown_host", host=host, reason=type(error).__name__)
                continue
            self._missing.discard(host)
            self._keep(host, [str(info[4][0]).partition("%")[0] for info in infos])
        return RETRY_SECONDS if self._missing else REFRESH_SECONDS

    def _keep(self, host: str, addresses: Iterable[str]) -> None:
        now = time.monotonic()
        seen = {ip_network(address): now for address in addresses}
        merged = {**self._found.get(host, {}), **seen}
        fresh = sorted(
            ((net, at) for net, at in merged.items() if now - at <= _KEPT_SECONDS),
            key=lambda pair: -pair[1],
        )
        self._found[host] = dict(fresh[:_MOST_EACH])
