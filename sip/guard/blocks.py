"""What is blocked: proven guessers, and apart from them sources that may be forged.

A proven address is blocked for longer each time. An unproven one is blocked shortly and
never for longer, is forgotten when the app stops, and never takes the place of a proven
one. Unproven failures must block at all because a right password with a made-up nonce
is answered differently (``stale=true``) from a wrong one: it could be guessed so.
"""

from __future__ import annotations

from config.sip import Guard as Rules
from sip.guard.store import Block

UNPROVEN_SECONDS = 60.0
_MOST_BLOCKS = 1000  # of each kind
_REMEMBERED_SECONDS = 86_400.0  # after a block a new one is longer for so long


class Blocks:
    """Times are epoch seconds. Bounded: of many, those who come back stay."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.proven: dict[str, Block] = {}
        self._unproven: dict[str, Block] = {}
        self._before: dict[str, Block] = {}  # proven ones that are over

    def __len__(self) -> int:
        return len(self.addresses())

    def addresses(self) -> set[str]:
        """Everything that is blocked."""
        return self.proven.keys() | self._unproven.keys()

    def has(self, address: str, *, proven: bool) -> bool:
        """Whether a further failure of that kind changes nothing."""
        return address in self.proven or (not proven and address in self._unproven)

    def at(self, now: float) -> list[Block]:
        """Blocks in force, the latest first; one for each address."""
        found = {**self._unproven, **self.proven}.values()
        return sorted((b for b in found if b.until > now), key=lambda b: -b.since)

    def add(
        self, address: str, now: float, failures: int, accounts: tuple[str, ...], *, proven: bool
    ) -> Block:
        """Block ``address`` from now on."""
        rules, times = self._rules, 1
        if proven:
            before = self._before.pop(address, None)
            if before and now - before.until < _REMEMBERED_SECONDS:
                times = before.times + 1
            seconds = min(
                rules.block_seconds * 2 ** min(times - 1, 20), rules.longest_block_seconds
            )
        else:
            seconds = min(rules.block_seconds, UNPROVEN_SECONDS)
        kind = self.proven if proven else self._unproven
        while len(kind) >= _MOST_BLOCKS:
            del kind[min(kind.values(), key=lambda b: (b.times, b.until)).address]
        kind[address] = block = Block(address, now, now + seconds, failures, times, accounts)
        return block

    def lift(self, address: str) -> bool:
        """Forget ``address``; whether it was blocked."""
        found = [kind.pop(address, None) for kind in (self.proven, self._unproven)]
        self._before.pop(address, None)
        return any(found)

    def expire(self, now: float) -> None:
        """Forget what is over."""
        for block in [b for b in self.proven.values() if b.until <= now]:
            self._before[block.address] = self.proven.pop(block.address)
        for block in [b for b in self._unproven.values() if b.until <= now]:
            del self._unproven[block.address]
        for block in [b for b in self._before.values() if now - b.until > _REMEMBERED_SECONDS]:
            del self._before[block.address]

    def next_end(self) -> float | None:
        """When the next one is over."""
        ends = [b.until for kind in (self.proven, self._unproven) for b in kind.values()]
        return min(ends, default=None)
