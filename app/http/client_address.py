"""From where somebody asks, also through proxies.

``X-Forwarded-For`` is believed only from the proxies that ``server.web.trusted_proxies``
names, and only what they themselves added: it is read from its end, past trusted proxies,
to the first address that is none.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from aiohttp import web

_FORWARDED: Final = "X-Forwarded-For"
_MOST: Final = 20
"""Hops that are read; a longer chain is somebody's joke."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ClientAddresses:
    """Knows the trusted proxies (addresses or networks)."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = [ipaddress.ip_network(one, strict=False) for one in trusted]

    def is_proxy(self, peer: str | None) -> bool:
        """Whether ``peer`` is one of them."""
        address = _parsed(peer or "")
        return address is not None and self._is_trusted(address)

    def of(self, request: web.BaseRequest) -> str:
        """Who asks; the address of the connection unless a trusted proxy says more."""
        peer = request.remote or ""
        here = _parsed(peer)
        if here is None or not self._is_trusted(here):
            return peer if here is None else str(here)
        told = ",".join(request.headers.getall(_FORWARDED, ())).split(",")[-_MOST:]
        for text in reversed(told):
            said = _parsed(text.strip())
            if said is None:
                break  # no address: nothing before it can be believed either
            here = said
            if not self._is_trusted(said):
                break
        return str(here)

    def _is_trusted(self, address: _Address) -> bool:
        return any(address.version == net.version and address in net for net in self._trusted)


def place_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or the /64 that a site has in IPv6."""
    found = _parsed(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address if found is None else str(found)


def networks_of(place: str) -> list[str]:
    """The wider networks of a :func:`place_of` that one customer may have: the /56 and the
    /48 in IPv6 (RFC 6177), the /24 in IPv4; none for what is no address."""
    try:
        network = ipaddress.ip_network(place)
    except ValueError:
        return []
    lengths = (56, 48) if network.version == 6 else (24,)
    return [str(network.supernet(new_prefix=length)) for length in lengths]


def _parsed(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
