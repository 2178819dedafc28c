"""Counting wrong passwords by address and by account. Pure; times are monotonic seconds."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

_MOST_ADDRESSES = 10_000
_MOST_ACCOUNTS = 10_000
_MOST_TRIES = 200  # kept of one account
_NAMED = 5  # accounts that are named of an address

# An account that so many addresses try at once is attacked: others are blocked sooner.
ATTACKED_ADDRESSES = 3
ATTACKED_TIMES = 3  # as many tries as block one address, times this
STRICT = 3


@dataclass
class _Address:
    times: deque[float]
    accounts: Counter[str] = field(default_factory=Counter)


class Failures:
    """Failed tries within the last ``within`` seconds. ``limit``: how many are one too
    many for one address. Bounded: who failed longest ago is forgotten first."""

    def __init__(self, limit: int, within: float) -> None:
        self._limit = limit
        self._within = within
        self._addresses: OrderedDict[str, _Address] = OrderedDict()
        self._accounts: OrderedDict[str, deque[tuple[float, str]]] = OrderedDict()

    def add(self, address: str, account: str | None, now: float) -> bool:
        """One more; whether ``address`` has now failed too often. ``account`` is None for
        a name that does not exist."""
        strict = account is not None and self.attacked(account, now)
        found = self._addresses.pop(address, None) or _Address(deque(maxlen=self._limit))
        self._addresses[address] = found
        if len(self._addresses) > _MOST_ADDRESSES:
            self._addresses.popitem(last=False)
        found.times.append(now)
        if account is not None:
            found.accounts[account] += 1
            tries = self._accounts.pop(account, None)
            self._accounts[account] = tries = deque(maxlen=_MOST_TRIES) if tries is None else tries
            tries.append((now, address))
            if len(self._accounts) > _MOST_ACCOUNTS:
                self._accounts.popitem(last=False)
        return self._recent(found, now) >= (min(STRICT, self._limit) if strict else self._limit)

    def attacked(self, account: str, now: float) -> bool:
        """Whether ``account`` is tried from several addresses at once."""
        recent = [who for at, who in self._accounts.get(account, ()) if now - at <= self._within]
        enough = min(self._limit * ATTACKED_TIMES, _MOST_TRIES)
        return len(recent) >= enough and len(set(recent)) >= ATTACKED_ADDRESSES

    def accounts_under_attack(self, now: float) -> list[str]:
        """Every account that is :meth:`attacked`."""
        return [account for account in self._accounts if self.attacked(account, now)]

    def accounts_of(self, address: str) -> tuple[str, ...]:
        """Which accounts ``address`` tried most."""
        found = self._addresses.get(address)
        return tuple(n for n, _ in found.accounts.most_common(_NAMED)) if found else ()

    def count(self, address: str, now: float) -> int:
        """How often ``address`` failed lately, up to the limit."""
        found = self._addresses.get(address)
        return self._recent(found, now) if found else 0

    def forget(self, address: str) -> None:
        """Begin anew with ``address``."""
        self._addresses.pop(address, None)

    def _recent(self, found: _Address, now: float) -> int:
        return sum(1 for at in found.times if now - at <= self._within)
