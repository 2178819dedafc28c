"""How often somebody may be wrong about a password.

Each try is counted and checked in one step *before* the password is looked at, and taken
back when it was right; so a hundred tries at once are no more than a hundred in a row.

Whom a try is counted against depends on whether the log-in has succeeded from there before:

* from a known device (a random cookie that a page gets with its first sign-in): against that
  device only;
* from a known address: against the pair of log-in and address only;
* from anywhere else: against the pair, the log-in, the address and the networks around it
  that one customer may have (IPv6: /56 and /48; IPv4: /24).

Strangers everywhere together are counted too. Beyond that bound nobody is refused, for then
one attacker could keep everybody new out: each stranger waits a little, and the log says so.
What their tries cost is bounded by the one thread that looks at them.

So whoever guesses somebody's password from elsewhere cannot lock them out, nor can random
names from a company's proxy lock out the company; and an attack from many addresses still
has only so many tries at a name. (After "device cookies" of OWASP.)

All of it is in Redis, shared by every node, and bounded: keys of strangers live a quarter of
an hour, and only so many are counted a minute; of each person so many places are known.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.http.client_address import networks_of
from app.http.errors import TooManyAttempts
from core import metrics
from core.clock import Clock, to_epoch
from core.log import get_logger
from core.redis import Keys, RedisUnavailable

log = get_logger(__name__)

MOST_OF_PAIR: Final = 5
MOST_OF_NAME: Final = 20
MOST_OF_PLACE: Final = 60
MOST_OF_NETWORK: Final = 120  # a /56 or a /24
MOST_OF_WIDE_NETWORK: Final = 240  # a /48
MOST_OF_ALL: Final = 600  # a minute; beyond it strangers are slowed
_PAUSE: Final = 1.0  # seconds that a stranger waits then
_SHORT: Final = 60
_LONG: Final = 3600
# (limit, seconds) of each bucket, in the order of KEYS in reserve_try.lua.
_BOUNDS: Final = (
    (MOST_OF_PAIR, _SHORT), (30, _LONG),  # a device
    (MOST_OF_PAIR, _SHORT), (30, _LONG),  # log-in and address
    (MOST_OF_NAME, 900),  # a log-in, from strange places
    (MOST_OF_ALL, _SHORT),  # all strangers together
    (MOST_OF_PLACE, 300),  # an address, for whoever was never seen there
    (MOST_OF_NETWORK, 300),  # its networks, as far as it has any
    (MOST_OF_WIDE_NETWORK, 300),
)  # fmt: skip
KNOWN_PLACES: Final = 32
KNOWN_SECONDS: Final = 90 * 24 * 3600
_LOG_EVERY: Final = 10.0
_AT_ONCE: Final = 8  # connections to Redis that strangers can take: calls need the others

_RESERVE = Path(__file__).with_name("reserve_try.lua")
_SETTLE = Path(__file__).with_name("settle_try.lua")


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was counted. ``pause``: seconds to wait before the password is looked at."""

    login: str
    place: str
    device: str
    lane: int
    pause: float

    @property
    def is_known(self) -> bool:
        """Whether this log-in has succeeded from there before."""
        return self.lane < 3


class Throttle:
    """Counts tries. Every method raises :class:`~core.redis.RedisUnavailable`."""

    def __init__(self, redis: Redis, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._reserve = redis.register_script(_RESERVE.read_text())
        self._settle = redis.register_script(_SETTLE.read_text())
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._count: Counter[str] = Counter()
        self._told_at: dict[str, float] = {}

    async def reserve(self, login: str, place: str, device: str = "") -> Try:
        """Count a try at ``login``. ``place`` is the asker's address, ``device`` what their
        cookie says. Raises :class:`~app.http.errors.TooManyAttempts`."""
        arguments = [_short(device) if device else "", place]
        for limit, seconds in _BOUNDS:
            arguments += [str(limit), str(seconds)]
        try:
            async with self._gate:
                allowed, value, crowded = await self._reserve(
                    keys=self._names(login, place, device), args=arguments
                )
        except (RedisError, OSError) as error:
            raise _unavailable() from error
        if not allowed:
            metrics.sign_ins_total.labels("throttled").inc()
            self._tell("http.sign_ins_throttled")
            raise TooManyAttempts(
                "Too many failed log-ins.", hint=f"Try again in {value} s.", seconds=int(value)
            )
        if crowded:
            metrics.sign_ins_total.labels("slowed").inc()
            self._tell("http.sign_ins_slowed")
        return Try(login, place, device, int(value), _PAUSE if crowded else 0.0)

    async def succeeded(self, one: Try, *, device: str = "") -> None:
        """The password was right: nothing is held against them, and the place (and the
        ``device``) is known from now on."""
        await self._end(one, right=True, device=device or one.device)

    async def not_tried(self, one: Try) -> None:
        """The password was not looked at."""
        await self._end(one, right=False, device="")

    async def _end(self, one: Try, *, right: bool, device: str) -> None:
        now = to_epoch(self._clock.now())
        try:
            await self._settle(
                keys=self._names(one.login, one.place, one.device),
                args=[
                    one.lane, "1" if right else "0", _short(device) if device else "", one.place,
                    now, KNOWN_PLACES, KNOWN_SECONDS,
                ],
            )  # fmt: skip
        except (RedisError, OSError) as error:
            raise _unavailable() from error

    def _names(self, login: str, place: str, device: str) -> list[str]:
        # Hashed: whatever a stranger calls themselves, a key stays short and clean.
        name, where, which = _short(login), _short(place), _short(device)
        return [
            self._keys("sign-in", "known", name),
            self._keys("sign-in", "device", which, name),
            self._keys("sign-in", "device-hour", which, name),
            self._keys("sign-in", "pair", name, where),
            self._keys("sign-in", "pair-hour", name, where),
            self._keys("sign-in", "name", name),
            self._keys("sign-in", "all"),
            self._keys("sign-in", "place", where),
            *(self._keys("sign-in", "network", _short(one)) for one in networks_of(place)),
        ]

    def _tell(self, event: str) -> None:
        """One line for many tries that were refused, or slowed."""
        self._count[event] += 1
        now = to_epoch(self._clock.now())
        if abs(now - self._told_at.get(event, 0.0)) >= _LOG_EVERY:
            log.warning(event, tries=self._count.pop(event))
            self._told_at[event] = now


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _unavailable() -> RedisUnavailable:
    return RedisUnavailable(
        "Nobody can sign in: the Redis-protocol server does not answer.",
        hint="Try again in a moment.",
    )
