"""Sockets that Asterisk opens and nobody asked for.

PJSIP makes a DNS client of its own at start, with two UDP sockets (IPv4 and IPv6) that
are bound to every address of the machine, and no setting prevents it. Asterisk answers
names by other means and never uses them; but whoever reaches the machine reaches PJSIP's
parser of DNS answers. So each is connected to itself: from then on the kernel takes no
datagram for it from anybody, and its address is loopback.

It is done with the parent's right to a copy of its child's descriptor (pidfd_getfd,
Linux 5.6; ``ptrace_scope`` up to 1). Where that is not given the log says so.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.log import get_logger

log = get_logger(__name__)

_PIDFD_GETFD = 438  # the same on every architecture
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Stray:
    """One descriptor of the process that is such a socket."""

    descriptor: int
    port: int


def close_strays(pid: int, declared: Collection[int]) -> int:
    """Close the UDP sockets of the child ``pid`` to everybody that are bound to every
    address, on a port of the kernel's choice that is not ``declared``; how many it was.
    Never raises."""
    closed = 0
    with suppress(OSError, ValueError):
        for stray in list(strays(pid, declared)):
            try:
                _close(pid, stray)
                closed += 1
            except OSError as error:
                log.warning(
                    "asterisk.socket_left_open", port=stray.port, reason=error.strerror,
                    hint="Asterisk's DNS client listens on every address; keep this UDP port "
                    "closed in the firewall.",
                )  # fmt: skip
    return closed


def strays(pid: int, declared: Collection[int] = ()) -> Iterator[Stray]:
    """Those sockets of ``pid``. Raises OSError for a process that is gone."""
    low, high = map(int, _EPHEMERAL.read_text().split())
    ports = {}
    for table in ("udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            address, port = words[1].rsplit(":", 1)
            if not address.strip("0") and words[2].strip("0:") == "":
                ports[words[9]] = int(port, 16)
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            inode = str(entry.readlink()).removeprefix("socket:[").removesuffix("]")
            port_ = ports.get(inode)
            if port_ is not None and low <= port_ <= high and port_ not in declared:
                yield Stray(int(entry.name), port_)


def _close(pid: int, stray: Stray) -> None:
    process = os.pidfd_open(pid)
    try:
        copy = _libc.syscall(_PIDFD_GETFD, process, stray.descriptor, 0)
    finally:
        os.close(process)
    if copy < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    with socket.socket(fileno=copy) as shared:
        if shared.type is socket.SOCK_DGRAM and shared.getsockname()[1] == stray.port:
            shared.connect((_LOOPBACK[shared.family], stray.port))
