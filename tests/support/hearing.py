"""Find a known sound (a prompt, music) in what a phone recorded.

Normalised cross-correlation: the code of the network (mu-law) and the level do not
matter, other sounds do not match.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
_HEADER = 44
_MATCH = 0.6
_PROBE_SECONDS = 0.3
_PROBES = 4

Samples = npt.NDArray[np.float64]


def load(file: Path) -> Samples:
    """The samples of a mono 16-bit wav file, also of one that is still being written
    (its header does not know its length then)."""
    data = file.read_bytes()[_HEADER:]
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.float64)


def find(sound: Samples, heard: Samples, *, seconds: float = _PROBE_SECONDS) -> float | None:
    """Where in ``heard`` (seconds) ``sound`` begins, judged by the loudest stretches of
    ``seconds`` in it, one of which must be there unbroken; None if none is."""
    size = min(int(seconds * RATE), len(sound))
    energy = _energy(sound, size)
    for _ in range(_PROBES):
        start = int(energy.argmax())
        if energy[start] <= 0:
            break
        at = _match(sound[start : start + size], heard)
        if at is not None:
            return (at - start) / RATE
        energy[max(0, start - size) : start + size] = 0.0
    return None


def _match(probe: Samples, heard: Samples) -> int | None:
    size = len(probe)
    if len(heard) < size:
        return None
    probe = probe - probe.mean()
    length = 1 << (len(heard) + size).bit_length()
    spectrum = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(probe, length))
    product = np.fft.irfft(spectrum, length)[: len(heard) - size + 1]
    norm = np.sqrt(np.maximum(_energy(heard, size), 1.0))
    match = product / (norm * np.sqrt((probe**2).sum()))
    best = int(match.argmax())
    return best if match[best] >= _MATCH else None


def _energy(samples: Samples, size: int) -> Samples:
    """Of each stretch of ``size`` samples."""
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    energy: Samples = total[size:] - total[:-size]
    return energy


def same_music(music: Samples, heard: Samples) -> bool:
    """Whether ``heard`` (a second or so) is some part of ``music``."""
    return find(heard, music) is not None
