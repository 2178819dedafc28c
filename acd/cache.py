"""What this process knows of the state in Redis: the texts it wrote or read last.

A look into it can be outdated, since other processes write too, or early, since what is
on its way to Redis is in it already. Nothing is decided by
it alone: a write names the versions it rests on and is refused if one is not current,
and a decision *not* to write is taken again on what Redis says (see
:meth:`acd.engine.Engine.alter`). So it saves reading, and is never believed.
"""

from __future__ import annotations

from acd import codec
from acd.model import Agent, Contact, Offer

_FRONT = len(b'{"version":')
MOST = 300_000  # texts, about a kilobyte each


class Cache:
    """Texts by kind and id; the longest unused go when there are too many."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._texts: dict[str, bytes] = {}
        self._over: dict[str, int] = {}  # the last versions of what is over
        self._certain: dict[str, int] = {}  # the last versions that Redis is known to have had

    def __len__(self) -> int:
        return len(self._texts)

    def put(self, key: str, text: bytes) -> None:
        """Remember what was written or read just now."""
        texts = self._texts
        texts.pop(key, None)
        texts[key] = text
        if len(texts) > self._most:
            del texts[next(iter(texts))]

    def confirm(self, key: str, version: int) -> None:
        """Redis has this version, or had it: it was answered, told or read."""
        certain = self._certain
        if certain.get(key, 0) < version:
            certain.pop(key, None)
            certain[key] = version
            if len(certain) > 2 * self._most:
                del certain[next(iter(certain))]

    def certain(self, key: str) -> int:
        """The last version that Redis is known to have had; 0: none. What is known
        beyond (:meth:`version`) is on its way there, and may yet be refused."""
        return max(self._certain.get(key, 0), self._over.get(key, 0))

    def learn(self, key: str, text: bytes) -> None:
        """Remember what was read, unless a later version is known."""
        self.confirm(key, _version(text))
        if self.version(key) <= _version(text):
            self.put(key, text)

    def over(self, key: str, version: int) -> None:
        """Nothing more is expected of it: remember only that earlier versions are old."""
        self._texts.pop(key, None)
        self._over[key] = max(version, self._over.get(key, 0))
        if len(self._over) > self._most:
            del self._over[next(iter(self._over))]

    def is_over(self, key: str) -> bool:
        """Whether it is known that nothing more is expected of it."""
        return key in self._over

    def drop(self, key: str) -> None:
        """Forget one; no error if it is not known."""
        self._texts.pop(key, None)

    def clear(self) -> None:
        """Forget everything, except what is over: others may tell of it later yet."""
        self._texts.clear()
        self._certain.clear()

    def version(self, key: str) -> int:
        """Which version is known; 0: none."""
        text = self._texts.get(key)
        return _version(text) if text else self._over.get(key, 0)

    def contact(self, key: str) -> Contact | None:
        """As it was when last seen; None: not known. Each call makes a new object."""
        text = self._texts.get(key)
        return None if text is None else codec.contact(text)

    def agent(self, key: str) -> Agent | None:
        """Like :meth:`contact`."""
        text = self._texts.get(key)
        return None if text is None else codec.agent(text)

    def offer(self, key: str) -> Offer | None:
        """Like :meth:`contact`."""
        text = self._texts.get(key)
        return None if text is None else codec.offer(text)


def _version(text: bytes) -> int:
    return int(text[_FRONT : text.index(b",")])
