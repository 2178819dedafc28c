"""A caller whose frames have times: says things to a menu, notes when its prompt stops."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import numpy as np

from bench.hearing import rtp
from bench.hearing.media_clock import MediaClock
from bench.hearing.sip_end import End, SipEnd
from bench.hearing.spoken import Spoken, sounding
from bench.hearing.stream import Said, Stream
from media.tones import RATE, Samples

_UP_SECONDS = 15.0
_GAP = 0.15
"""Seconds without a frame: nothing is played."""


@dataclass(frozen=True)
class Turn:
    """A sentence: when its first and last sounding frames left, and how long after the
    first one the prompt was over (None: it was over before, or went on)."""

    said: Said
    prompt_stopped: float | None


class Caller:
    """One call; ``await Caller.dial(...)``."""

    def __init__(self, sip: SipEnd, end: End) -> None:
        self._sip = sip
        self._end = end
        self._seed = 0

    @classmethod
    async def dial(cls, sip: SipEnd, caller: str, number: str, login: tuple[str, str]) -> Caller:
        """A call to ``number`` that is up."""
        end = sip.call(caller, number, login)
        await asyncio.wait_for(end.up.wait(), _UP_SECONDS)
        return cls(sip, end)

    async def prompted(self, seconds: float, *, within: float) -> bool:
        """Wait until a prompt has been heard for ``seconds``; False if none is."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            times = [at for at, _ in list(self._end.stream.received)]
            if times and self._stretch(times) >= seconds and times[-1] > time.monotonic() - _GAP:
                return True
            await asyncio.sleep(0.02)
        return False

    async def say(self, sound: Samples) -> Said:
        """Say it now; when it was said."""
        self._seed += 1
        payloads = tuple(rtp.frames(rtp.with_line_noise(sound, seed=self._seed)))
        first, last = sounding(sound)
        stream = self._end.stream
        before = len(stream.said)
        stream.say(time.monotonic(), Spoken(str(self._seed), payloads, first, last))
        async with asyncio.timeout(len(sound) / RATE + 5):
            while len(stream.said) == before:
                await asyncio.sleep(0.01)
        return stream.said[-1]

    def turn(self, said: Said) -> Turn:
        """What became of the prompt when ``said`` began."""
        times = [at for at, _ in list(self._end.stream.received)]
        playing = [at for at in times if at <= said.began]
        if not playing or said.began - playing[-1] > _GAP:
            return Turn(said, None)
        stopped = playing[-1]
        for at in times[len(playing) :]:
            if at - stopped > _GAP:
                break
            stopped = at
        return Turn(said, max(0.0, stopped - said.began))

    def forget(self) -> None:
        """What was heard so far."""
        self._end.stream.forget()

    async def hang_up(self) -> None:
        """End the call."""
        if not self._end.over.is_set():
            self._sip.hang_up(self._end)
            await asyncio.wait_for(self._end.over.wait(), _UP_SECONDS)

    @staticmethod
    def _stretch(times: list[float]) -> float:
        """Seconds without a gap up to the last frame."""
        begin = times[-1]
        for at in reversed(times):
            if begin - at > _GAP:
                break
            begin = at
        return times[-1] - begin


def quiet_streams(clock: MediaClock) -> _Streams:
    """Makes streams that send a quiet line until something is said."""
    return _Streams(clock)


class _Streams:
    def __init__(self, clock: MediaClock) -> None:
        self._clock = clock
        self._seed = 0

    def __call__(self) -> Stream:
        self._seed += 1
        quiet = rtp.with_line_noise(np.zeros(RATE * 10, dtype=np.int16), seed=1000 + self._seed)
        stream = Stream(tuple(rtp.frames(quiet)))
        self._clock.add(stream)
        return stream
