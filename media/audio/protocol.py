"""AudioSocket on the wire, as Asterisk's res_audiosocket speaks it.

Each message is one byte of kind, two of length (big-endian), and the payload. The first
one says which stream it is; after that comes sound. A caller who hangs up shows as the
end of the connection, not as a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import ClassVar
from uuid import UUID

from media.errors import BadAudio


class Kind(IntEnum):
    """Kinds that are no sound."""

    HANG_UP = 0x00
    UUID = 0x01
    DTMF = 0x03
    ERROR = 0xFF


RATES = {
    0x10: 8000, 0x11: 12000, 0x12: 16000, 0x13: 24000, 0x14: 32000, 0x15: 44100,
    0x16: 48000, 0x17: 96000, 0x18: 192000,
}  # fmt: skip
"""Samples a second of the kinds that are signed linear sound, 16 bits, little-endian."""

HEADER_BYTES = 3
UUID_BYTES = 16
_KNOWN = frozenset({*map(int, Kind), *RATES})


class BadStream(BadAudio):
    """What arrives is not AudioSocket."""

    code: ClassVar[str] = "bad_stream"


class Parser:
    """Cuts arriving bytes into messages; keeps what is incomplete (at most 64 KiB)."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._first = True

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Messages that ``data`` completes, as kind and payload.

        Raises :class:`BadStream` when the stream does not begin with an id or a kind
        is unknown: after that nothing can be trusted.
        """
        self._held += data
        at = 0
        while len(self._held) - at >= HEADER_BYTES:
            kind = self._held[at]
            length = int.from_bytes(self._held[at + 1 : at + HEADER_BYTES], "big")
            if self._first and (kind, length) != (Kind.UUID, UUID_BYTES):
                raise BadStream(
                    "A connection to the audio port did not begin with a stream's id.",
                    hint="Only Asterisk's AudioSocket may connect to this port.",
                )
            if kind not in _KNOWN:
                raise BadStream(f"An audio stream has a message of unknown kind {kind:#04x}.")
            end = at + HEADER_BYTES + length
            if end > len(self._held):
                break
            payload = bytes(self._held[at + HEADER_BYTES : end])
            at = end
            self._first = False
            yield kind, payload
        del self._held[:at]


def message(kind: int, payload: bytes = b"") -> bytes:
    """One message; raises ValueError for a payload of over 65,535 bytes."""
    if len(payload) > 0xFFFF:
        raise ValueError(f"{len(payload)} bytes do not fit into an AudioSocket message")
    return bytes([kind]) + len(payload).to_bytes(2, "big") + payload


def hello(stream: UUID) -> bytes:
    """The first message of a stream."""
    return message(Kind.UUID, stream.bytes)
