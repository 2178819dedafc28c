"""The keys that recordings are sealed with.

Each recording has a random data key of its own (AES-256), which is kept in its file,
wrapped by a key-encryption key (AES-256-GCM, NIST SP 800-38D) that is kept elsewhere.
So a new key-encryption key costs a few hundred bytes a recording, not the whole sound.

A ring of key-encryption keys is one line of text: ``ID=KEY ID=KEY ...``, the keys 32 bytes
in URL-safe base64. The first one seals, all of them open.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from media.recording.errors import KeyRingUnusable, RecordingKeyMissing, RecordingKeyWrong

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
MOST_KEYS: Final = 7  # a secret has at most 512 characters
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,23}")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it stands in a file."""

    key_id: str
    nonce: bytes
    wrapped: bytes


class KeyRing:
    """Key-encryption keys by id, the one in use first."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        self._keys = dict(keys)
        if not keys or len(self._keys) != len(keys) or len(keys) > MOST_KEYS:
            raise KeyRingUnusable(
                f"A ring of recording keys has 1 to {MOST_KEYS} keys with different names."
            )
        for id_, key in keys:
            if not _ID.fullmatch(id_) or len(key) != KEY_BYTES:
                raise KeyRingUnusable(
                    "A recording key is not of the form ID=KEY.",
                    hint="ID: at most 24 lower-case letters, digits, '.', '_', '-'; KEY: 32 random "
                    "bytes in URL-safe base64.",
                )
        self.current = keys[0][0]

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """The ring of a text; raises KeyRingUnusable, which never shows it."""
        keys = []
        for part in text.split():
            id_, _, key = part.partition("=")
            try:
                padded = key.rstrip("=") + "=" * (-len(key.rstrip("=")) % 4)
                keys.append((id_, base64.b64decode(padded, altchars=b"-_", validate=True)))
            except ValueError:
                keys.append((id_, b""))
        return cls(keys)

    @classmethod
    def new(cls, id_: str) -> KeyRing:
        """A ring of one random key."""
        return cls([(id_, secrets.token_bytes(KEY_BYTES))])

    def text(self) -> str:
        """As it is kept as a secret."""
        return " ".join(
            f"{id_}={base64.urlsafe_b64encode(key).decode().rstrip('=')}"
            for id_, key in self._keys.items()
        )

    @property
    def ids(self) -> list[str]:
        """The one in use first."""
        return list(self._keys)

    def with_new(self, id_: str) -> KeyRing:
        """The same with a new random key in use; raises KeyRingUnusable when it is full
        or has the id."""
        return KeyRing([(id_, secrets.token_bytes(KEY_BYTES)), *self._keys.items()])

    def only_current(self) -> KeyRing:
        """The same without the older keys."""
        return KeyRing([(self.current, self._keys[self.current])])

    def wrap(self, data_key: bytes, bound_to: bytes) -> WrappedKey:
        """``data_key`` under the key in use; opens only with the same ``bound_to``."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._keys[self.current]).encrypt(nonce, data_key, bound_to)
        return WrappedKey(self.current, nonce, sealed)

    def unwrap(self, wrapped: WrappedKey, bound_to: bytes) -> bytes:
        """The data key; raises RecordingKeyMissing and RecordingKeyWrong."""
        key = self._keys.get(wrapped.key_id)
        if key is None:
            raise RecordingKeyMissing(
                f"The recording is sealed with the key {wrapped.key_id!r}, which is not there.",
                hint="Put it back into the secret 'recording-keys', behind the one in use.",
                key_id=wrapped.key_id,
            )
        try:
            return AESGCM(key).decrypt(wrapped.nonce, wrapped.wrapped, bound_to)
        except InvalidTag:
            raise RecordingKeyWrong(
                f"The key {wrapped.key_id!r} does not open this recording.",
                hint="Another key was given under this name, or the file's head was changed.",
                key_id=wrapped.key_id,
            ) from None
