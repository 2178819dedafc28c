"""What processes use of the machine over a stretch of time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Used:
    """``cpu``: per cent of one core by process, and of all cores together as
    ``machine`` (what others run on it included); ``memory``: megabytes (RSS).
    ``starved``: per cent of the time in which a thread could have run but had no core,
    because others had them; summed over a process's threads, so that it can exceed 100."""

    cpu: dict[str, float]
    starved: dict[str, float]
    machine: float
    memory: dict[str, float]


class Usage:
    """Measures from its making to :meth:`stop`."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}
        self._last: dict[str, float] = {}
        self._began = time.monotonic()
        self._cpu = {name: self._seconds(name) for name in processes}
        self._starved = {name: self._starved_seconds(name) for name in processes}
        psutil.cpu_percent()  # starts its own measurement

    def _seconds(self, name: str) -> float:
        with suppress(psutil.NoSuchProcess):  # what it used until it was last seen
            times = self._processes[name].cpu_times()
            self._last[name] = float(times.user + times.system)
        return self._last[name]

    def _starved_seconds(self, name: str) -> float:
        waited = 0
        for task in Path(f"/proc/{self._processes[name].pid}/task").glob("*"):
            with suppress(OSError):  # it has ended meanwhile
                # Nanoseconds on a core, nanoseconds of waiting for one, time slices.
                waited += int((task / "schedstat").read_text().split()[1])
        return waited / 1e9

    def stop(self) -> Used:
        """What was used since the start."""
        took = time.monotonic() - self._began
        return Used(
            {
                name: round(100 * (self._seconds(name) - before) / took, 1)
                for name, before in self._cpu.items()
            },
            {
                name: round(100 * max(0.0, self._starved_seconds(name) - before) / took, 1)
                for name, before in self._starved.items()
            },
            psutil.cpu_percent(),
            {
                name: round(process.memory_info().rss / 2**20, 1)
                for name, process in self._processes.items()
                if process.is_running()
            },
        )
