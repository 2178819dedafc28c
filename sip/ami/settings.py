"""Where the manager interface is and how patient the client is with it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AmiSettings:
    """Settings of one :class:`~sip.ami.client.AmiClient`; times in seconds.

    A stopped or unreachable Asterisk is noticed within ``ping_every + ping_timeout``.
    ``boot_timeout`` is how long a connection may wait, logged in, for an Asterisk that
    is still starting.
    """

    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    action_timeout: float = 5.0
    ping_every: float = 2.0
    ping_timeout: float = 2.0
    reconnect_min: float = 0.1
    reconnect_max: float = 2.0
    max_pending: int = 2000
    boot_timeout: float = 60.0
