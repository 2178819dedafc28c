"""The phones of the bench: ``python -m bench.hearing.phones SETUP``, a process of its own.

Callers and agents with real SIP and real RTP, some dozens of calls. Reads commands from
standard input and answers each on standard output, one JSON line each; ends with its
input. All times are of the monotonic clock, which is one for all processes of a machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bench.hearing import rtp
from bench.hearing.crossing import crossed
from bench.hearing.media_clock import MediaClock
from bench.hearing.sip_end import End, SipEnd
from bench.hearing.spoken import read_spoken
from bench.hearing.stream import Stream
from bench.support.priority import prefer
from core.process import die_with_parent

_UP_SECONDS = 20.0
_OVER_SECONDS = 10.0
_SILENCE_SECONDS = 10
_FIRST = -15  # nice: in life the phones are other machines


class Phones:
    """All calls there are, in the order in which they were placed."""

    def __init__(self, setup: dict[str, Any]) -> None:
        self._setup = setup
        self._phrases = read_spoken(Path(setup["phrases"]))
        self._clock = MediaClock()
        self._sip: SipEnd | None = None
        self._calls: list[dict[str, End]] = []
        self._rung: dict[str, End] = {}
        self._together = False
        self._ringing = asyncio.Event()
        self._seed = 0

    async def start(self) -> None:
        """Listen, and let the clock run."""
        self._sip = await SipEnd.open(
            self._setup["port"], server=("127.0.0.1", self._setup["sip_port"]),
            make=self._stream, rings=self._rings,
        )  # fmt: skip
        self._clock.start()

    async def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out a command; the answer."""
        work = getattr(self, f"_do_{command.pop('do')}")
        answer: dict[str, Any] = await work(**command)
        return answer

    def close(self) -> None:
        self._clock.stop()
        if self._sip is not None:
            self._sip.close()

    async def _do_call(self, calls: list[list[str]], together: bool) -> dict[str, Any]:
        """Place ``calls`` (caller, number, account, password) and have all answered;
        ``together``: none before all ring. Whom each got, and when."""
        assert self._sip is not None
        self._together, self._rung = together, {}
        outs = [self._sip.call(caller, number, (user, key)) for caller, number, user, key in calls]
        async with asyncio.timeout(_UP_SECONDS):
            while len(self._rung) < len(outs):
                self._ringing.clear()
                await self._ringing.wait()
            answered = time.monotonic()
            for end in self._rung.values():
                if together:
                    self._sip.answer(end)
            for end in (*outs, *self._rung.values()):
                await _either(end)
        failed = [end.failed or "hung up" for end in outs if end.over.is_set()]
        if failed:
            raise RuntimeError(f"calls were refused: {failed}")
        new = [{"caller": out, "agent": self._rung[out.number]} for out in outs]
        self._calls += new
        return {
            "agents": [call["agent"].number for call in new],
            "answered": answered, "up": time.monotonic(),
        }  # fmt: skip

    async def _do_say(self, what: list[list[Any]]) -> dict[str, Any]:
        """Each of ``what`` (call, side, phrase, when)."""
        for call, side, name, at in what:
            self._calls[call][side].stream.say(at, self._phrases[name])
        return {}

    async def _do_pause(self, call: int, side: str, at: float, seconds: float) -> dict[str, Any]:
        self._calls[call][side].stream.pause(at, seconds)
        return {}

    async def _do_report(self, since: float, until: float) -> dict[str, Any]:
        """What was said in that time, and how it came across; forgets it then."""
        said, across = [], []
        for number, call in enumerate(self._calls):
            for side, other in (("caller", "agent"), ("agent", "caller")):
                stream, peer = call[side].stream, call[other].stream
                said += [[number, side, s.name, s.began, s.ended] for s in stream.said]
                # The lists go on growing in the thread of the clock.
                passed = crossed(list(stream.sent), list(peer.received), since, until)
                across.append({"call": number, "to": other, **asdict(passed)})
            await asyncio.sleep(0)
        for call in self._calls:
            for end in call.values():
                end.stream.forget()
        late, self._clock.latest = self._clock.latest, 0.0
        return {"said": said, "crossed": across, "late": late}

    async def _do_hang_up(self) -> dict[str, Any]:
        """End all calls; how many were gone already."""
        assert self._sip is not None
        ends = [end for call in self._calls for end in call.values()]
        gone = sum(call["caller"].over.is_set() for call in self._calls)
        for call in self._calls:
            if not call["caller"].over.is_set():
                self._sip.hang_up(call["caller"])
        async with asyncio.timeout(_OVER_SECONDS):
            for end in ends:
                await end.over.wait()
        for end in ends:
            self._clock.remove(end.stream)
            end.stream.close()
        self._calls = []
        return {"gone": gone}

    def _stream(self) -> Stream:
        self._seed += 1
        quiet = rtp.with_line_noise(
            np.zeros(8000 * _SILENCE_SECONDS, dtype=np.int16), seed=self._seed
        )
        stream = Stream(tuple(rtp.frames(quiet)))
        self._clock.add(stream)
        return stream

    def _rings(self, end: End) -> None:
        assert self._sip is not None
        self._rung[end.other] = end
        if not self._together:
            self._sip.answer(end)
        self._ringing.set()


async def _either(end: End) -> None:
    """Until the call is up or over."""
    while not end.up.is_set() and not end.over.is_set():
        await asyncio.sleep(0.005)


async def main(argument: str) -> None:
    """Serve until the input ends."""
    prefer([os.getpid()], nice=min(_FIRST, os.getpriority(os.PRIO_PROCESS, 0)))
    phones = Phones(json.loads(argument))
    gc.disable()  # nothing here is circular, and a collection would keep the clock waiting
    await phones.start()
    print(json.dumps({"ready": True}), flush=True)
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                answer = await phones.do(json.loads(line))
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)
    finally:
        phones.close()


if __name__ == "__main__":
    die_with_parent()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(main(sys.argv[1]))
