"""Who holds connections to the web server, and who goes when room is needed.

A connection belongs to an address until somebody is recognised on it, from then on to that
person. One address (or person) that has its share loses its oldest one to a new one, if that has
done nothing for a moment: many at once, as when a company's pages all come back, are no
attack. When all are taken, whoever has most unproven ones loses one. So connections that
say nothing, or speak slowly, keep nobody out: they go first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from core import descriptors, metrics
from core.log import get_logger

log = get_logger(__name__)

MOST_OF_PERSON: Final = 64
_FLOOR: Final = 16
"""So many are always allowed: health, the operator, somebody who looks what is wrong."""
_LEAST_FREE: Final = 64
_MOMENT: Final = 1.0  # seconds in which an honest request is sent and answered
_LOG_EVERY: Final = 10.0

Key = tuple[str, str]


class Held(Protocol):
    """A connection, as the table sees it."""

    @property
    def busy(self) -> bool:
        """Whether a request is being answered on it."""
        ...

    @property
    def age(self) -> float:
        """Seconds that it has been at what it does now; infinite between two requests."""
        ...

    def drop(self) -> None:
        """End it at once."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """``most`` connections, of which ``most_of_address`` of one address without anybody
    signed in; ``reserve`` file descriptors are left to telephony and stores."""

    most: int
    most_of_address: int
    reserve: int = 0


class Connections:
    """All connections of a server."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float]) -> None:
        self._bounds = bounds
        self._clock = clock
        self._room = bounds.most
        self._all: dict[Held, Key] = {}
        self._of: dict[Key, dict[Held, None]] = {}
        self._ended = 0
        self._told_at = float("-inf")

    def __len__(self) -> int:
        return len(self._all)

    @property
    def all(self) -> list[Held]:
        """Each, the oldest first."""
        return list(self._all)

    def admit(self, one: Held, address: str, *, limited: bool = True) -> bool:
        """Take a new connection in, if need be at the cost of another; False: there is no
        room. ``limited`` is False for a trusted proxy, which speaks for many."""
        key = ("address" if limited else "proxy", address)
        mine = self._of.get(key, {})
        if limited and len(mine) >= self._bounds.most_of_address:
            self._evict(mine, least=_MOMENT)
        if len(self._all) >= self._room and not self._make_room():
            return self._refuse()
        self._put(one, key)
        return True

    def prove(self, one: Held, person: str) -> bool:
        """Somebody was recognised on it; False: they have as many as they may, all busy."""
        before = self._all.get(one)
        if before is None or before[0] == "proxy" or before == ("person", person):
            return True
        mine = self._of.get(("person", person), {})
        if len(mine) >= MOST_OF_PERSON and not self._evict(mine):
            return False
        self.remove(one)
        self._put(one, ("person", person))
        return True

    def remove(self, one: Held) -> None:
        """It is over."""
        key = self._all.pop(one, None)
        if key is None:
            return
        mine = self._of[key]
        mine.pop(one, None)
        if not mine:
            del self._of[key]
        metrics.http_connections.set(len(self._all))

    def is_proven(self, one: Held) -> bool:
        """Whether somebody was recognised on it (or it is a trusted proxy's)."""
        return self._all.get(one, ("address", ""))[0] != "address"

    def measure(self) -> None:
        """Look how many file descriptors are left: the web takes none of the reserve, of
        which others may have taken a part already."""
        used, limit = descriptors.used(), descriptors.limit()
        metrics.open_files.set(used)
        others = max(0, used - len(self._all))
        left = limit - used - max(_LEAST_FREE, self._bounds.reserve - others)
        self._room = max(_FLOOR, min(self._bounds.most, len(self._all) + left))
        while len(self._all) > self._room and self._make_room():
            pass

    def _put(self, one: Held, key: Key) -> None:
        self._all[one] = key
        self._of.setdefault(key, {})[one] = None
        metrics.http_connections.set(len(self._all))

    def _make_room(self) -> bool:
        strange = [mine for (kind, _), mine in self._of.items() if kind == "address"]
        if strange and self._evict(max(strange, key=len)):
            return True
        known = [mine for (kind, _), mine in self._of.items() if kind != "address"]
        return any(self._evict(mine) for mine in sorted(known, key=len, reverse=True))

    def _evict(self, mine: dict[Held, None], *, least: float = 0.0) -> bool:
        """End the oldest that is idle, else the oldest; never what a person is busy with,
        nor what is younger than ``least`` seconds."""
        ripe = [one for one in mine if one.age >= least]
        victim = next((one for one in ripe if not one.busy), None)
        if victim is None:
            victim = next((one for one in ripe if self._all[one][0] == "address"), None)
        if victim is None:
            return False
        self.remove(victim)
        victim.drop()
        self._count("evicted")
        return True

    def _refuse(self) -> bool:
        self._count("refused")
        return False

    def _count(self, reason: str) -> None:
        metrics.http_connections_ended_total.labels(reason).inc()
        self._ended += 1
        if self._clock() - self._told_at >= _LOG_EVERY:
            log.warning("http.crowded", ended=self._ended, open=len(self._all), room=self._room)
            self._ended, self._told_at = 0, self._clock()
