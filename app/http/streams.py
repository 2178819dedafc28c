"""How many long requests (live pages, listeners, downloads) go on at once.

Each person has so many; of all of them together the last fifth is kept for people who
have few, so that some with many pages do not keep the others out.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

from app.http.identity import OPERATOR
from core import metrics
from core.errors import Full

FEW: Final = 2
_KEPT: Final = 5  # a fifth
_OPERATORS: Final = 4  # the machine's own programs share one name: so many times as much


class Streams:
    """``most`` in all, ``most_each`` of one person."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._of: Counter[str] = Counter()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @contextlib.contextmanager
    def one(self, person: str) -> Iterator[None]:
        """Hold a place for ``person``. Raises :class:`~core.errors.Full`."""
        mine = self._of[person]
        most = self._most_each * (_OPERATORS if person == OPERATOR else 1)
        if mine >= most:
            raise Full(
                f"{mine} live pages and downloads of yours are open already.",
                hint="Close some of them.",
                most=most,
            )
        kept = self._most // _KEPT if mine >= FEW else 0
        if self._count >= self._most - kept:
            raise Full(
                "Too many live pages and downloads are open.",
                hint="Close other pages, or try again in a moment.",
            )
        self._of[person] += 1
        self._count += 1
        metrics.http_streams.set(self._count)
        try:
            yield
        finally:
            self._count -= 1
            self._of[person] -= 1
            if not self._of[person]:
                del self._of[person]
            metrics.http_streams.set(self._count)
