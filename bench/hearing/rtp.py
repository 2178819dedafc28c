"""RTP (RFC 3550) with G.711 mu-law: 20 ms in 172 bytes, to and from numpy."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
import numpy.typing as npt

from media.tones import RATE, Samples

FRAME_SECONDS: Final = 0.02
FRAME_SAMPLES: Final = round(RATE * FRAME_SECONDS)
HEADER: Final = 12

_VERSION = 0x80
_MARKER = 0x80
_PCMU = 0
_BIAS, _CLIP = 0x84, 32635
_NOISE = 12  # steps of 16 bits: below -65 dBFS, as a quiet line has it

Bytes = npt.NDArray[np.uint8]


def to_mulaw(samples: Samples) -> Bytes:
    """G.711 mu-law, one byte a sample. Never 0x7F: the code's second zero comes back as
    the first from whoever decodes it, and we tell frames by their bytes."""
    wide = samples.astype(np.int32)
    size = np.minimum(np.abs(wide), _CLIP) + _BIAS
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 0x0F
    coded = ~(np.where(wide < 0, 0x80, 0) | (exponent << 4) | mantissa) & 0xFF
    coded[coded == 0x7F] = 0xFF
    found: Bytes = coded.astype(np.uint8)
    return found


def from_mulaw(coded: Bytes) -> Samples:
    """The samples that the bytes stand for."""
    code = ~coded.astype(np.int32) & 0xFF
    size = (((code & 0x0F) << 3) + _BIAS << ((code >> 4) & 0x07)) - _BIAS
    samples: Samples = np.where(code & 0x80, -size, size).astype(np.int16)
    return samples


def with_line_noise(samples: Samples, seed: int) -> Samples:
    """With noise so faint that nobody hears it: it makes each frame unlike any other,
    so that one that arrives can be told from all that were sent."""
    noise = np.random.default_rng(seed).integers(-_NOISE, _NOISE + 1, len(samples))
    noisy: Samples = np.clip(samples + noise, -32768, 32767).astype(np.int16)
    return noisy


def frames(samples: Samples) -> list[bytes]:
    """The payloads of a sound; its last frame is filled up with silence."""
    whole = np.concatenate([samples, np.zeros(-len(samples) % FRAME_SAMPLES, dtype=np.int16)])
    data = to_mulaw(whole).tobytes()
    return [data[at : at + FRAME_SAMPLES] for at in range(0, len(data), FRAME_SAMPLES)]


def packet(number: int, source: int, payload: bytes, *, first: bool = False) -> bytes:
    """The ``number``-th packet of a stream, whose ``source`` is its SSRC."""
    return (
        struct.pack(
            ">BBHII", _VERSION, _PCMU | (_MARKER if first else 0), number & 0xFFFF,
            number * FRAME_SAMPLES & 0xFFFFFFFF, source,
        )
        + payload
    )  # fmt: skip


def payload_of(data: bytes) -> bytes | None:
    """The sound in a packet; None if it holds none (keys, comfort noise, another codec)."""
    if len(data) <= HEADER or data[0] & 0xC0 != _VERSION or data[1] & 0x7F != _PCMU:
        return None
    return data[HEADER + 4 * (data[0] & 0x0F) :]
