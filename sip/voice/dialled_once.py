"""One call for one key of its asker (an idempotency key), on every node together.

The key is taken in Redis before anything is dialled, with the contact's id and a hash of
what is wanted, so that two requests at the same time do not ring twice. It is given back
when the call is refused; when this process dies before it is through, the key is free again
after a short time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Final

from acd.store import Store
from core.errors import Conflict, ParleyError

KEPT_SECONDS: Final = 24 * 3600
_TAKEN_SECONDS: Final = 120  # longer than dialling takes until the agent's phone rings


class KeyReused(Conflict):
    """The key belongs to a call that was asked for with other fields."""

    code: ClassVar[str] = "dial_key_reused"


class DialledOnce:
    """Keeps keys in ``store`` for a day."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(
        self, key: str, wanted: Sequence[str | None], contact_id: str,
        dial: Callable[[], Awaitable[None]],
    ) -> str:  # fmt: skip
        """``dial`` the contact ``contact_id``, unless ``key`` has been used: then the contact
        of that time is the answer. ``wanted`` is what has to be the same; else this raises
        :class:`KeyReused`. The key is given back when ``dial`` raises."""
        mine = json.dumps([contact_id, _hash(wanted)])
        taken = await self._store.take(key, mine, _TAKEN_SECONDS)
        if taken != mine:
            return _same(taken, wanted)
        try:
            await dial()
        except Exception:
            with contextlib.suppress(ParleyError):  # it ends by itself
                await self._store.give_back(key, mine)
            raise
        await self._store.put(key, mine, KEPT_SECONDS)
        return contact_id


def _same(taken: str, wanted: Sequence[str | None]) -> str:
    if not taken.startswith("["):
        return taken  # an older version's: the contact alone
    contact_id, hashed = json.loads(taken)
    if hashed != _hash(wanted):
        raise KeyReused(
            "This key belongs to another call.",
            hint="Send a new key for a new call; the same key only with the same fields.",
            contact_id=contact_id,
        )
    return str(contact_id)


def _hash(wanted: Sequence[str | None]) -> str:
    return hashlib.sha256(json.dumps(list(wanted)).encode()).hexdigest()[:32]
