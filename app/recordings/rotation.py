"""A new key for recordings: the data keys of all are wrapped anew, the sound stays.

Which key opens a recording stands in its file, so this can be interrupted at any moment
and goes on where it was; both keys open recordings until the older one is forgotten.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from app.recordings.files import RecordingFiles
from app.recordings.keys import RecordingKeys
from app.recordings.ledger import Ledger
from core.clock import Clock
from core.errors import Conflict, ParleyError
from core.log import get_logger

log = get_logger(__name__)

STEP_SECONDS: Final = 8.0
"""So long one step may take; whoever asked asks again."""

_PAGE = 50


class KeyStillNeeded(Conflict):
    """Recordings are still sealed with an older key."""

    code: ClassVar[str] = "recording_key_still_needed"


class NoRecordingKeys(Conflict):
    """Recordings are not sealed here, so there is no key to change."""

    code: ClassVar[str] = "recordings_not_sealed"


class Rotation:
    """Changes the recording key step by step. Raises what the ledger and secrets raise."""

    def __init__(
        self, keys: RecordingKeys, ledger: Ledger, files: RecordingFiles, clock: Clock
    ) -> None:
        self._keys = keys
        self._ledger = ledger
        self._files = files
        self._clock = clock
        self._lock = asyncio.Lock()

    async def status(self) -> dict[str, Any]:
        """``current``, the ids of all ``keys``, and how many recordings each opens;
        ``unsealed`` have none."""
        ring = await asyncio.to_thread(self._keys.ring)
        counts = await self._ledger.by_key()
        return {
            "encrypted": self._keys.encrypted,
            "current": ring.current if ring is not None else None,
            "keys": ring.ids if ring is not None else [],
            "recordings": {key: count for key, count in counts.items() if key is not None},
            "unsealed": counts.get(None, 0),
        }

    async def step(self, *, new: bool, seconds: float = STEP_SECONDS) -> dict[str, Any]:
        """Go on for some ``seconds``. With ``new`` a new key is made first, unless an
        earlier change of key is not through yet. Answers ``current``, how many were wrapped
        anew (``done``), are ``left``, and ``failed``, by error."""
        async with self._lock:
            ring = await asyncio.to_thread(self._keys.ring)
            if ring is None:
                raise NoRecordingKeys(
                    "There are no recording keys.", hint="Set media.recording.encrypted: true."
                )
            left = await self._left(ring.current)
            made = new and not left
            if made:
                ring = await asyncio.to_thread(self._keys.renew, self._clock.now())
                log.info("recordings.key_made", key=ring.current)
            done, failed = await self._wrap(ring.current, seconds)
            answer = {
                "current": ring.current, "made": made, "done": done, "failed": failed,
                "left": await self._left(ring.current),
            }  # fmt: skip
            log.info("recordings.keys_wrapped", **answer)
            return answer

    async def _left(self, current: str) -> int:
        counts = await self._ledger.by_key()
        return sum(count for key, count in counts.items() if key not in (None, current))

    async def _wrap(self, current: str, seconds: float) -> tuple[int, dict[str, int]]:
        until = self._clock.monotonic() + seconds
        done, failed, after = 0, dict[str, int](), ""
        while rows := await self._ledger.sealed_otherwise(current, after=after, limit=_PAGE):
            for row in rows:
                after = row.id
                try:
                    await self._ledger.wrapped(row.id, await self._files.rewrap(row.path))
                    done += 1
                except ParleyError as error:
                    log.error("recording.not_wrapped", contact=row.contact_id, recording=row.id,
                              code=error.code)  # fmt: skip
                    failed[error.code] = failed.get(error.code, 0) + 1
                if self._clock.monotonic() >= until:
                    return done, failed
        return done, failed

    async def forget_old(self) -> dict[str, Any]:
        """Keep only the key in use. Raises KeyStillNeeded while anything, on any node, is
        sealed with another."""
        async with self._lock:
            ring = await asyncio.to_thread(self._keys.ring)
            if ring is not None and (left := await self._left(ring.current)):
                raise KeyStillNeeded(
                    f"{left} recordings are still sealed with an older key.",
                    hint="Run 'parley recordings rotate-key' until none is left.",
                    left=left,
                )
            ring = await asyncio.to_thread(self._keys.forget_old)
            log.info("recordings.old_keys_forgotten", key=ring.current)
        return await self.status()
