"""Addresses as the guard counts and blocks them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from config.model import Settings

Net = IPv4Network | IPv6Network

_IPV6_PREFIX = 64  # one subscriber has at least a /64 of them
_HOST = re.compile(r"@\[?([0-9A-Fa-f.:]+?)\]?(?::\d+)?(?:[;>?]|$)")


def remote(text: str) -> str | None:
    """The address in ``IPV4/UDP/192.0.2.1/5060``, as Asterisk's security events show it:
    an IPv4 address, or the /64 of an IPv6 one. None for anything else."""
    parts = text.split("/")
    return canonical(parts[2].strip("[]")) if len(parts) == 4 else None


def of_contact(uri: str) -> str | None:
    """The same for the address in ``sip:6001@192.0.2.1:5060``; None for a host name."""
    found = _HOST.search(uri)
    return canonical(found[1]) if found else None


def canonical(text: str) -> str | None:
    """How the guard writes the address ``text``; None if it is none."""
    try:
        if "/" in text:
            network = ip_network(text, strict=False)
            one = network.prefixlen == (32 if network.version == 4 else _IPV6_PREFIX)
            return canonical(str(network.network_address)) if one else None
        address = ip_address(text)
    except ValueError:
        return None
    if address.version == 6:
        mapped = address.ipv4_mapped
        if mapped is not None:
            return str(mapped)
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)


def never_blocked(settings: Settings) -> tuple[Net, ...]:
    """Networks that are never blocked: this machine (a SIP proxy on it speaks for
    everybody), the trunks, carriers given by address, and those of the settings."""
    wanted = ["127.0.0.1", "::1", *settings.sip.guard.never]
    for trunk in settings.trunks.values():
        wanted += trunk.hosts
        if trunk.carrier is not None:
            wanted.append(trunk.carrier.host)
    wanted += [settings.sip.bind, settings.server.asterisk.ami_host]
    return tuple(_networks(wanted))


def carriers_by_name(settings: Settings) -> list[str]:
    """Host names of carriers; their addresses are never blocked either."""
    hosts = [trunk.carrier.host for trunk in settings.trunks.values() if trunk.carrier]
    return [host for host in hosts if not list(_networks([host]))]


def _networks(texts: Iterable[str]) -> Iterable[Net]:
    for text in texts:
        with suppress(ValueError):  # a host name
            yield ip_network(text, strict=False)


def within(address: str, networks: Iterable[Net]) -> bool:
    """Whether ``address`` (see :func:`canonical`) lies in one of ``networks`` or, a /64,
    holds one."""
    mine = ip_network(address)
    return any(mine.version == net.version and mine.overlaps(net) for net in networks)
