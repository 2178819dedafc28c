"""Sealed recordings: encrypted in chunks, each of which can be read by itself.

A file is::

    head      1024 bytes: "PRLYREC1", length (2 bytes), JSON, zeros. Never changes.
    slot A     512 bytes: the data key, wrapped; the younger of two valid slots counts,
    slot B     512 bytes  so a new wrapping can be written without a moment of danger
    sound      chunks of 64 KiB, each with 16 bytes more (the last is shorter)
    peaks      the same: the outline of the waveform, which would show how people spoke

Each chunk is AES-256-GCM (NIST SP 800-38D) under the file's own random key, with section
and number as the nonce, and head, section, number and 'is the last' as associated data: a
chunk that was changed, moved, left out or taken from another recording does not open.
Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from media.errors import DiskFailed, NoAudio
from media.recording.errors import (
    RecordingDamaged,
    RecordingSwapped,
    RecordingTampered,
    RecordingTruncated,
)
from media.recording.keys import KEY_BYTES, KeyRing, WrappedKey

SUFFIX: Final = ".sealed"
CHUNK: Final = 1 << 16
SOUND, PEAKS = 0, 1

_MAGIC = b"PRLYREC1"
_HEAD_BYTES, _SLOT_BYTES = 1024, 512
_DATA_AT = _HEAD_BYTES + 2 * _SLOT_BYTES
_TAG = 16
_SLOT = struct.Struct(">IQH")  # CRC-32 of the rest, age, length


def _sealed_size(size: int) -> int:
    return size + -(-size // CHUNK) * _TAG


class _Chunks:
    """Seals and opens the chunks of one file."""

    def __init__(self, head: bytes, data_key: bytes) -> None:
        self._bound = hashlib.sha256(head).digest()
        self._cipher = AESGCM(data_key)

    def seal(self, section: int, number: int, last: bool, plain: bytes) -> bytes:
        return self._cipher.encrypt(*self._with(section, number, plain, last))

    def open(self, section: int, number: int, last: bool, sealed: bytes) -> bytes:
        return self._cipher.decrypt(*self._with(section, number, sealed, last))

    def _with(
        self, section: int, number: int, data: bytes, last: bool
    ) -> tuple[bytes, bytes, bytes]:
        nonce = struct.pack(">IQ", section, number)
        return nonce, data, self._bound + nonce + bytes([last])


class SealedWriter:
    """Writes a sealed recording into ``out``: all of the sound, then the peaks."""

    def __init__(
        self, out: BinaryIO, ring: KeyRing, recording_id: str, sound_bytes: int, peaks_bytes: int
    ) -> None:
        facts = {
            "v": 1, "id": recording_id, "chunk": CHUNK, "sizes": [sound_bytes, peaks_bytes],
            "salt": secrets.token_hex(16),
        }  # fmt: skip
        text = json.dumps(facts, separators=(",", ":")).encode()
        head = (_MAGIC + struct.pack(">H", len(text)) + text).ljust(_HEAD_BYTES, b"\0")
        assert len(head) == _HEAD_BYTES
        data_key = secrets.token_bytes(KEY_BYTES)
        self._out = out
        self._chunks = _Chunks(head, data_key)
        self._left = [sound_bytes, peaks_bytes]
        self._section, self._number = SOUND, 0
        self._plain = bytearray()
        wrapped = ring.wrap(data_key, head)
        out.write(head + _slot(wrapped, 1) + bytes(_SLOT_BYTES))

    def write(self, data: bytes) -> None:
        """Go on with ``data``."""
        view = memoryview(data)
        while len(view):
            room = min(CHUNK, self._left[self._section]) - len(self._plain)
            assert room > 0, "more data than was announced"
            self._plain += view[:room]
            view = view[room:]
            if len(self._plain) == min(CHUNK, self._left[self._section]):
                self._flush()

    def _flush(self) -> None:
        self._left[self._section] -= len(self._plain)
        last = not self._left[self._section]
        self._out.write(self._chunks.seal(self._section, self._number, last, bytes(self._plain)))
        self._plain.clear()
        self._number += 1
        if last and self._section == SOUND:
            self._section, self._number = PEAKS, 0

    def close(self) -> None:
        """Nothing may be missing."""
        assert not any(self._left), "less data than was announced"


class SealedFile:
    """Reads a sealed recording, from any place, from several threads.

    Raises NoAudio if there is none, RecordingDamaged, RecordingTruncated,
    RecordingSwapped if it is not ``recording_id``, RecordingKeyMissing and
    RecordingKeyWrong; :meth:`read` raises RecordingTampered.
    """

    def __init__(self, path: Path, ring: KeyRing, recording_id: str | None = None) -> None:
        self._file = _open(path, os.O_RDONLY)
        try:
            head, facts = _head(self._file, path)
            if recording_id is not None and facts["id"] != recording_id:
                raise RecordingSwapped(
                    f"{path.name} holds the recording {facts['id']!r}.",
                    hint="Somebody renamed or replaced the file. Restore it from a backup.",
                )
            self.recording_id: str = facts["id"]
            self._sizes: list[int] = facts["sizes"]
            self.salt: str = facts["salt"]
            _check_size(self._file, self._sizes, path)
            wrapped = _youngest(self._file, path)[1]
            self.key_id = wrapped.key_id
            self._chunks = _Chunks(head, ring.unwrap(wrapped, head))
        except BaseException:
            os.close(self._file)
            raise
        self._name = path.name

    @property
    def size(self) -> int:
        """Bytes of the sound: of the whole wav file."""
        return self._sizes[SOUND]

    @property
    def modified(self) -> float:
        """When it was written last, epoch seconds."""
        return os.fstat(self._file).st_mtime

    def read(self, start: int, length: int, *, section: int = SOUND) -> bytes:
        """Bytes from ``start`` on, fewer at the end; opens only the chunks they lie in."""
        size = self._sizes[section]
        end = min(size, start + length)
        if start >= end:
            return b""
        first, last = start // CHUNK, (end - 1) // CHUNK
        plain = b"".join(self._chunk(section, number) for number in range(first, last + 1))
        return plain[start - first * CHUNK : end - first * CHUNK]

    def peaks(self) -> bytes:
        """The outline of the waveform."""
        return self.read(0, self._sizes[PEAKS], section=PEAKS)

    def _chunk(self, section: int, number: int) -> bytes:
        size = self._sizes[section]
        begin = _DATA_AT + (_sealed_size(self._sizes[SOUND]) if section == PEAKS else 0)
        length = min(CHUNK, size - number * CHUNK) + _TAG
        sealed = os.pread(self._file, length, begin + number * (CHUNK + _TAG))
        if len(sealed) < length:
            raise _truncated(self._name)
        try:
            return self._chunks.open(section, number, (number + 1) * CHUNK >= size, sealed)
        except InvalidTag:
            raise RecordingTampered(
                f"Chunk {number} of {self._name} is not what was written.",
                hint="The file was changed or the disk is failing. Restore it from a backup.",
                chunk=number,
            ) from None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def key_of(path: Path) -> str:
    """The id of the key that opens the file; no key is needed to know it. Raises as
    :class:`SealedFile`."""
    file = _open(path, os.O_RDONLY)
    try:
        _head(file, path)
        return _youngest(file, path)[1].key_id
    finally:
        os.close(file)


def rewrap(path: Path, ring: KeyRing, *, crash: Callable[[str], None] = lambda _step: None) -> bool:
    """Wrap the file's data key by the ring's key in use; whether there was anything to do.

    Killed at any instant the file opens, and this can be repeated. What was wrapped by
    the older key is then gone from the file. ``crash`` is told each step (for tests).
    Raises as :class:`SealedFile`, and DiskFailed.
    """
    file = _open(path, os.O_RDWR)
    try:
        head, _ = _head(file, path)
        place, wrapped, age = _youngest(file, path)
        others = _HEAD_BYTES + _SLOT_BYTES * (1 - place)
        mine = _HEAD_BYTES + _SLOT_BYTES * place
        stale = any(os.pread(file, _SLOT_BYTES, others))
        if wrapped.key_id == ring.current:
            if stale:  # killed in between
                _overwrite(file, others, bytes(_SLOT_BYTES))
            return stale
        data_key = ring.unwrap(wrapped, head)
        _overwrite(file, others, _slot(ring.wrap(data_key, head), age + 1))
        crash("written")
        _overwrite(file, mine, bytes(_SLOT_BYTES))
        return True
    except OSError as error:
        raise DiskFailed(
            f"The key of {path.name} could not be written: {error.strerror}.",
            hint="Nothing is lost; try again.",
        ) from error
    finally:
        os.close(file)


def _overwrite(file: int, at: int, data: bytes) -> None:
    os.pwrite(file, data, at)
    os.fdatasync(file)


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NoAudio(f"There is no recording {path.name}.") from None
    except OSError as error:
        raise DiskFailed(
            f"{path.name} cannot be opened: {error.strerror}.", hint="Check its permissions."
        ) from error


def _head(file: int, path: Path) -> tuple[bytes, dict[str, Any]]:
    head = os.pread(file, _HEAD_BYTES, 0)
    if len(head) < _HEAD_BYTES:
        raise _truncated(path.name)
    length = int.from_bytes(head[8:10], "big")
    try:
        facts = json.loads(head[10 : 10 + length])
        good = (
            head[:8] == _MAGIC and (facts["v"], facts["chunk"]) == (1, CHUNK)
            and isinstance(facts["id"], str) and isinstance(facts["salt"], str)
            and [type(one) for one in facts["sizes"]] == [int, int] and min(facts["sizes"]) >= 0
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise RecordingDamaged(
            f"{path.name} does not begin like a sealed recording.",
            hint="It is damaged, or was written by a newer Parley.",
        )
    return head, facts


def _check_size(file: int, sizes: list[int], path: Path) -> None:
    wanted = _DATA_AT + sum(_sealed_size(size) for size in sizes)
    if os.fstat(file).st_size != wanted:
        raise _truncated(path.name)


def _truncated(name: str) -> RecordingTruncated:
    return RecordingTruncated(
        f"{name} is not as long as it was made.",
        hint="It was cut off or added to. Restore it from a backup.",
    )


def _slot(wrapped: WrappedKey, age: int) -> bytes:
    values = [
        wrapped.key_id,
        *(base64.b64encode(b).decode() for b in (wrapped.nonce, wrapped.wrapped)),
    ]
    text = json.dumps(values, separators=(",", ":")).encode()
    rest = _SLOT.pack(0, age, len(text))[4:] + text
    return (struct.pack(">I", zlib.crc32(rest)) + rest).ljust(_SLOT_BYTES, b"\0")


def _youngest(file: int, path: Path) -> tuple[int, WrappedKey, int]:
    """The slot that counts: its place, the key and its age."""
    found = []
    for place in (0, 1):
        data = os.pread(file, _SLOT_BYTES, _HEAD_BYTES + place * _SLOT_BYTES)
        if len(data) < _SLOT_BYTES:
            raise _truncated(path.name)
        crc, age, length = _SLOT.unpack_from(data)
        text = data[_SLOT.size : _SLOT.size + length]
        if not age or zlib.crc32(data[4 : _SLOT.size] + text) != crc:
            continue  # empty, or torn while it was written
        try:
            id_, nonce, wrapped = json.loads(text)
            key = WrappedKey(str(id_), base64.b64decode(nonce), base64.b64decode(wrapped))
        except (ValueError, TypeError):
            continue
        found.append((age, place, key))
    if not found:
        raise RecordingDamaged(f"{path.name} has lost its key.", hint="Restore it from a backup.")
    age, place, key = max(found, key=lambda one: one[0])
    return place, key, age
