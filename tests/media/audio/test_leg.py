"""One leg's clock: gaps, bursts, offsets, a slow reader. Time is given, not waited for."""

from __future__ import annotations

import numpy as np

from media.audio.frame import FRAME_SAMPLES, Digit, Frame
from media.audio.leg import BOUND, Leg

LOUD = (np.sin(np.arange(FRAME_SAMPLES)) * 8000).astype("<i2").tobytes()
QUIET = bytes(2 * FRAME_SAMPLES)


async def items(leg: Leg) -> list[Frame | Digit]:
    leg.end()
    return [item async for item in leg]


async def test_frames_on_the_clock() -> None:
    leg = Leg("x")
    for number in range(5):
        leg.push(LOUD, 16000, number * 0.02)
    found = await items(leg)
    assert [item.at for item in found] == [0.0, 0.02, 0.04, 0.06, 0.08]
    assert leg.counters.frames == 5


async def test_any_rate_and_any_cut_become_frames() -> None:
    leg = Leg("x")
    sound = (np.sin(np.arange(48000) * 2 * np.pi * 440 / 48000) * 9000).astype("<i2").tobytes()
    for at in range(0, len(sound), 1234):
        leg.push(sound[at : at + 1234], 48000, 0.0)
    found = await items(leg)
    assert 48 <= len(found) <= 50
    assert all(isinstance(f, Frame) and len(f.samples) == FRAME_SAMPLES for f in found)


async def test_silence_takes_the_place_of_what_does_not_come() -> None:
    leg = Leg("x")
    leg.push(LOUD, 16000, 0.0)
    for tick in range(1, 51):
        leg.tick(tick * 0.1)
    found = [f for f in await items(leg) if isinstance(f, Frame)]
    assert 4.8 <= leg.seconds <= 5.0
    assert [f.filled for f in found[:3]] == [False, True, True]
    assert leg.counters.filled == len(found) - 1


async def test_a_short_delay_is_not_filled() -> None:
    leg = Leg("x")
    leg.push(LOUD, 16000, 0.0)
    leg.tick(0.15)
    assert leg.counters.filled == 0


async def test_a_burst_after_five_seconds_is_kept_and_the_clock_comes_back() -> None:
    leg = Leg("x")
    leg.push(LOUD, 16000, 0.0)
    for tick in range(1, 51):
        leg.tick(tick * 0.1)
    for _ in range(250):  # the five seconds that were held up come at once
        leg.push(LOUD, 16000, 5.0)
    assert leg.counters.frames == 251
    assert leg.seconds > 9.5  # nothing that was said is lost
    for number in range(500):  # then ten seconds with pauses
        leg.push(QUIET if number % 50 < 40 else LOUD, 16000, 5.0 + number * 0.02)
    assert leg.counters.skipped > 200
    assert abs(leg.seconds - 15.0) < 0.3


async def test_a_slow_reader_loses_the_oldest() -> None:
    leg = Leg("x")
    for number in range(BOUND + 30):
        leg.push(LOUD, 16000, number * 0.02)
    found = await items(leg)
    assert len(found) == BOUND
    assert found[0].at == 0.6
    assert leg.counters.dropped == 30


async def test_an_offset_is_taken_out_and_clipping_counted() -> None:
    leg = Leg("x")
    shifted = (np.sin(np.arange(FRAME_SAMPLES)) * 500 + 3000).astype("<i2").tobytes()
    for number in range(300):
        leg.push(shifted, 16000, number * 0.02)
    leg.push(np.full(FRAME_SAMPLES, 32767, dtype="<i2").tobytes(), 16000, 6.0)
    found = [f for f in await items(leg) if isinstance(f, Frame)]
    assert abs(float(found[-2].samples.mean())) < 60
    assert leg.counters.clipped == 1


async def test_keys_and_broken_samples() -> None:
    leg = Leg("x")
    leg.push(LOUD + b"\x01", 16000, 0.0)
    leg.key("7", 0.1)
    found = await items(leg)
    assert found[-1] == Digit("7", 0.02)
    assert leg.counters.odd_bytes == 1
