"""Conversations as MixMonitor writes them."""

from __future__ import annotations

import numpy as np

from media.tones import RATE, Samples, silence, tone


def stereo(caller: Samples, agent: Samples) -> Samples:
    """Both sides, the shorter one with silence behind it."""
    longest = max(len(caller), len(agent))
    sides = [np.concatenate([s, silence((longest - len(s)) / RATE)]) for s in (caller, agent)]
    return np.stack(sides, axis=1)


def talk(seconds: float = 1.0) -> Samples:
    """Caller 440 Hz left, agent 880 Hz right in the second half."""
    agent = np.concatenate([silence(seconds / 2), tone([880], seconds / 2, level=-26)])
    return stereo(tone([440], seconds, level=-16), agent)


def noise(seconds: float, dbfs: float, *, seed: int = 1) -> Samples:
    """White noise of that loudness."""
    made = np.random.default_rng(seed).normal(0, 32768 * 10 ** (dbfs / 20), round(RATE * seconds))
    return np.clip(np.round(made), -32768, 32767).astype(np.int16)
