"""Free ports for embedded servers and tests that run side by side.

Binding to port 0 and closing again races with the neighbours. Here a block of
ports is taken by binding a name in Linux's abstract socket namespace: it is one
for all who share the network, whatever their user or root folder, and the kernel
frees it when the process dies. Each port of the block is also tried before it is
handed out.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import ClassVar

from core.errors import ParleyError

_BLOCK = 400
_FIRST, _LAST = 11000, 31800  # below the kernel's ephemeral range (32768 up)


class PortTaken(ParleyError):
    """A wanted port is in use by another program."""

    code: ClassVar[str] = "port_taken"
    retryable: ClassVar[bool] = True


def is_free(port: int, *, host: str = "127.0.0.1", udp: bool = False) -> bool:
    """Whether ``port`` can be bound right now."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(port: int, purpose: str, *, host: str = "127.0.0.1", udp: bool = False) -> None:
    """Raise :class:`PortTaken`, naming ``purpose``, unless ``port`` can be bound."""
    if not is_free(port, host=host, udp=udp):
        raise PortTaken(
            f"{'UDP' if udp else 'TCP'} port {port} on {host}, wanted for {purpose}, is taken.",
            hint=f"Stop the program that holds it (ss -lnp | grep {port}) or configure another.",
            port=port,
            purpose=purpose,
        )


@dataclass
class PortBlock:
    """A run of ports that belongs to this process until :meth:`release`."""

    first: int
    _lock: socket.socket
    _next: int = 0

    SIZE: ClassVar[int] = _BLOCK
    RTP: ClassVar[int] = 200

    @classmethod
    def reserve(cls) -> PortBlock:
        """Take a block nobody else holds; raises :class:`PortTaken` if none is left."""
        for first in range(_FIRST, _LAST, _BLOCK):
            lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                lock.bind(f"\0parley-ports-{first}")
            except OSError:
                lock.close()
                continue
            return cls(first, lock)
        raise PortTaken("Every block of test ports is held.", hint="Are old test runs still going?")

    def take(self) -> int:
        """The next port of the block that is free for TCP and UDP."""
        while self._next < _BLOCK - self.RTP:
            port = self.first + self._next
            self._next += 1
            if is_free(port) and is_free(port, udp=True):
                return port
        raise PortTaken(f"No port left in the block from {self.first}.")

    @property
    def rtp_range(self) -> tuple[int, int]:
        """First and last UDP port for media, at the end of the block."""
        return self.first + _BLOCK - self.RTP, self.first + _BLOCK - 1

    def release(self) -> None:
        """Give the block back."""
        self._lock.close()
