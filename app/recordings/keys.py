"""The recording keys of this installation: the secret ``recording-keys``."""

from __future__ import annotations

from datetime import datetime

from config.secrets import RECORDING_KEYS, SecretMissing, Secrets
from media.recording.errors import KeyRingUnusable
from media.recording.keys import KeyRing


class RecordingKeys:
    """Reads the ring anew each time, so that a new key is in use at once. Small files:
    call it in a thread."""

    def __init__(self, secrets: Secrets, *, encrypted: bool) -> None:
        self._secrets = secrets
        self.encrypted = encrypted

    def ring(self) -> KeyRing | None:
        """Every key there is, None if there is none. Raises KeyRingUnusable, and what
        reading secrets raises."""
        try:
            return KeyRing.parse(self._secrets.get(RECORDING_KEYS).reveal())
        except SecretMissing:
            return None

    def for_new(self, now: datetime) -> KeyRing | None:
        """The ring with which new recordings are sealed; None if they are not. The first
        key is made when it is needed."""
        if not self.encrypted:
            return None
        ring = self.ring()
        if ring is None:
            ring = KeyRing.new(_name(now, []))
            self._secrets.put(RECORDING_KEYS, ring.text())
        return ring

    def renew(self, now: datetime) -> KeyRing:
        """Put a new random key in front. Raises
        :class:`~config.secrets.SecretKeptElsewhere` and KeyRingUnusable (too many)."""
        old = self.ring()
        if old is None:
            raise KeyRingUnusable(
                "There are no recording keys to replace.",
                hint="Set media.recording.encrypted: true; the first key is made by itself.",
            )
        ring = old.with_new(_name(now, old.ids))
        self._secrets.put(RECORDING_KEYS, ring.text(), instead_of=old.text())
        return ring

    def forget_old(self) -> KeyRing:
        """Keep only the key in use. Raises as :meth:`renew`."""
        old = self.ring()
        if old is None:
            raise KeyRingUnusable("There are no recording keys.")
        ring = old.only_current()
        self._secrets.put(RECORDING_KEYS, ring.text(), instead_of=old.text())
        return ring


def _name(now: datetime, taken: list[str]) -> str:
    """The day, and a number where a day has several."""
    day = f"{now:%Y-%m-%d}"
    names = [day, *(f"{day}-{n}" for n in range(2, 100))]
    return next(name for name in names if name not in taken)
