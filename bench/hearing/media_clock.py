"""The thread that lets every stream send its frame every 20 ms, whatever else goes on.

Streams take turns at four instants 5 ms apart: phones do not beat as one.
"""

from __future__ import annotations

import threading
import time

from bench.hearing.rtp import FRAME_SECONDS
from bench.hearing.stream import Stream

_TURNS = 4
_STEP = FRAME_SECONDS / _TURNS
_LOOKS = 5
_CLOCKS_EVERY = 50  # steps between two looks at how far the clocks are apart


class MediaClock:
    """Runs from :meth:`start` to :meth:`stop`. A frame that is late is sent as soon as
    can be, and those after it at their own time."""

    def __init__(self) -> None:
        self._turns: list[list[Stream]] = [[] for _ in range(_TURNS)]
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="media", daemon=True)
        self._added = 0
        self.latest = 0.0
        """Seconds by which the latest step came too late since this was last set to 0."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()

    def add(self, stream: Stream) -> None:
        """From now on it sends and receives."""
        with self._lock:
            self._turns[self._added % _TURNS].append(stream)
            self._added += 1

    def remove(self, stream: Stream) -> None:
        """From now on it does not."""
        with self._lock:
            for turn in self._turns:
                if stream in turn:
                    turn.remove(stream)

    def _run(self) -> None:
        due, step, apart = time.monotonic(), 0, 0.0
        while not self._ending.is_set():
            if step % _CLOCKS_EVERY == 0:
                apart = _apart()
            with self._lock:
                for stream in self._turns[step % _TURNS]:
                    stream.tick(time.monotonic())
                    stream.receive(apart)
            step += 1
            due += _STEP
            left = due - time.monotonic()
            self.latest = max(self.latest, -left)
            if left > 0:
                time.sleep(left)


def _apart() -> float:
    """The monotonic clock less the one on the wall, which the kernel stamps packets with.
    Of some looks the quickest: between the others somebody else had the core."""
    looks = []
    for _ in range(_LOOKS):
        before, wall, after = time.monotonic(), time.time(), time.monotonic()
        looks.append((after - before, (before + after) / 2 - wall))
    return min(looks)[1]
