"""From one sample rate to another, while the sound comes.

Polyphase windowed-sinc filter (Kaiser, about 70 dB), linear phase. The output is late
by half of the filter, 1.5 ms at 8 kHz, and its pieces join without a seam.
"""

from __future__ import annotations

from functools import cache
from math import gcd

import numpy as np
import numpy.typing as npt

from media.audio.frame import Samples

_TAPS_A_SIDE = 12  # zero crossings of the sinc, at the lower of the two rates
_KAISER = 7.0
_PASS = 0.94  # of the lower Nyquist frequency

Floats = npt.NDArray[np.float32]


class Resampler:
    """One stream from ``source`` to ``target`` samples a second.

    Raises ValueError for a rate that is not positive.
    """

    def __init__(self, source: int, target: int) -> None:
        if source <= 0 or target <= 0:
            raise ValueError(f"{source} to {target} samples a second is not possible")
        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        self._bank = _bank(self._up, self._down) if self._up != self._down else None
        taps = self._bank.shape[1] if self._bank is not None else 1
        self._held: Floats = np.zeros(taps - 1, dtype=np.float32)
        self._phase = 0
        """Where the next output lies, in 1/up of an input sample after the held ones."""

    @property
    def delay(self) -> int:
        """Input samples that the output is late."""
        return len(self._held) // 2

    def skip_delay(self) -> None:
        """Begin at the first input sample instead of before it; only before feeding."""
        self._phase = self.delay * self._up

    def feed(self, samples: Samples) -> Samples:
        """The output that ``samples`` completes."""
        if self._bank is None:
            return samples
        sound = np.concatenate([self._held, samples.astype(np.float32)])
        taps = self._bank.shape[1]
        ready = (len(sound) - taps + 1) * self._up - self._phase
        count = max(0, -(-ready // self._down))
        if not count:
            output = np.zeros(0, dtype=np.float32)
        elif self._up == 1:  # the live one; one filter for all, and twice as quick
            whole = np.correlate(sound, self._bank[0], "valid")
            output = whole[self._phase :: self._down][:count]
        else:
            positions = self._phase + np.arange(count) * self._down
            windows = np.lib.stride_tricks.sliding_window_view(sound, taps)
            output = np.einsum(
                "nt,nt->n", windows[positions // self._up], self._bank[positions % self._up]
            )
        following = self._phase + count * self._down
        used = min(following // self._up, len(sound) - taps + 1)
        self._held = sound[used:]
        self._phase = following - used * self._up
        clipped: Samples = np.clip(np.rint(output), -32768, 32767).astype(np.int16)
        return clipped


@cache
def _bank(up: int, down: int) -> Floats:
    """Filters by phase (rows), to be laid over input samples in their order."""
    lower = min(1.0, up / down)
    side = _TAPS_A_SIDE / lower  # input samples to each side
    taps = 2 * int(np.ceil(side)) + 1
    offsets = np.arange(taps) - taps // 2
    fractions = np.arange(up)[:, None] / up
    distance = offsets[None, :] - fractions
    inside = np.clip(1 - (distance / (side + 1)) ** 2, 0, None)
    window = np.i0(_KAISER * np.sqrt(inside)) / np.i0(_KAISER)
    bank = np.sinc(distance * lower * _PASS) * window
    bank /= bank.sum(axis=1, keepdims=True)
    filters: Floats = bank.astype(np.float32)
    return filters


def convert(samples: Samples, source: int, target: int) -> Samples:
    """A whole sound, aligned with its input (the filter's delay is taken out)."""
    if source == target:
        return samples
    resampler = Resampler(source, target)
    padded = np.concatenate([samples, np.zeros(resampler.delay, dtype=np.int16)])
    resampler.skip_delay()
    return resampler.feed(padded)[: round(len(samples) * target / source)]
