"""What a telephone line does to a voice: the band of 300 to 3400 Hz and G.711 mu-law."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.tones import RATE, Samples

_BIAS: Final = 132
_CLIP: Final = 32635


def _decoding() -> Samples:
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = ((mantissa.astype(np.int32) * 8 + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -size, size).astype(np.int16)


_DECODED: Final = _decoding()


def decode_mulaw(codes: npt.NDArray[np.uint8]) -> Samples:
    """Linear samples of mu-law codes (ITU-T G.711)."""
    return np.asarray(_DECODED[codes])


def encode_mulaw(samples: Samples) -> npt.NDArray[np.uint8]:
    """Mu-law codes of linear samples (ITU-T G.711)."""
    linear = samples.astype(np.int32)
    size = np.minimum(np.abs(linear), _CLIP) + _BIAS
    exponent = np.clip(np.floor(np.log2(size)).astype(np.int32) - 7, 0, 7)
    mantissa = (size >> (exponent + 3)) & 15
    sign = np.where(linear < 0, 0x80, 0)
    return np.asarray(~(sign | (exponent << 4) | mantissa), dtype=np.uint8)


def band_pass(samples: Samples, low: float = 300.0, high: float = 3400.0) -> Samples:
    """``samples`` (8 kHz) without what is outside of ``low`` to ``high`` Hz."""
    if not len(samples):
        return samples
    spectrum = np.fft.rfft(samples.astype(np.float64))
    hz = np.fft.rfftfreq(len(samples), 1 / RATE)
    edge = 40.0  # Hz of ramp: a sharper edge would ring
    spectrum *= np.clip((hz - low) / edge + 0.5, 0, 1) * np.clip((high - hz) / edge + 0.5, 0, 1)
    return to_int16(np.fft.irfft(spectrum, len(samples)))


def telephone(samples: Samples) -> Samples:
    """``samples`` (8 kHz) as they arrive from a telephone."""
    return decode_mulaw(encode_mulaw(band_pass(samples)))


def to_int16(wave: npt.NDArray[np.floating]) -> Samples:
    """Rounded, and clipped where it does not fit."""
    return np.asarray(np.clip(np.rint(wave), -32768, 32767).astype(np.int16))
