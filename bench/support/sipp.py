"""sipp as a process: callers and agents in numbers that real phones cannot be had in.

sipp is GPL and runs in processes of its own; nothing of it is linked or imported.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from core import process as processes
from sip.asterisk.programs import Programs

SCENARIOS = Path(__file__).parents[1] / "scenarios"


class Sipp:
    """One running sipp."""

    def __init__(
        self, process: asyncio.subprocess.Process, scenario: str, folder: Path,
        statistics: Path | None,
    ) -> None:  # fmt: skip
        self.process = process
        self._scenario = scenario
        self._folder = folder
        self._statistics = statistics

    @classmethod
    async def start(
        cls,
        programs: Programs,
        scenario: str,
        folder: Path,
        *,
        port: int,
        remote: str,
        options: Sequence[str] = (),
        fields: Sequence[str] = (),
        statistics: bool = False,
    ) -> Sipp:
        """Run ``scenarios/<scenario>.xml``; ``fields`` is the line of [field0], [field1]..."""
        command = [
            "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port),
            "-nostdin", "-skip_rlimit", *options,
        ]  # fmt: skip
        if fields:
            inject = folder / f"{scenario}-{port}.csv"
            inject.write_text("SEQUENTIAL\n" + ";".join(fields) + "\n", encoding="utf-8")
            command += ["-inf", str(inject)]
        file = folder / f"{scenario}-{port}-stat.csv" if statistics else None
        if file is not None:
            command += ["-trace_stat", "-stf", str(file), "-fd", "1", "-trace_rtt"]
        with (folder / f"{scenario}-{port}.log").open("ab") as out:
            process = await processes.spawn(
                programs.command("sipp", remote, *command),
                cwd=folder, env={"TERM": "dumb"}, stdout=out, stderr=out,
            )  # fmt: skip
        return cls(process, scenario, folder, file)

    def statistics(self) -> Mapping[str, str]:
        """The newest line of the statistics, by column."""
        if self._statistics is None or not self._statistics.exists():
            return {}
        with self._statistics.open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream, delimiter=";"))
        return rows[-1] if rows else {}

    def times(self) -> dict[str, list[float]]:
        """Seconds that each ``rtd`` of the scenario took, by its name, of a sipp that
        was started with ``statistics`` and has ended."""
        found: dict[str, list[float]] = {}
        # The loader that runs sipp is the same process, so the id is sipp's own.
        file = self._folder / f"{self._scenario}_{self.process.pid}_rtt.csv"
        if file.exists():
            with file.open(encoding="utf-8") as stream:
                for row in csv.DictReader(stream, delimiter=";"):
                    name = row["rtd_name"] if "rtd_name" in row else row["rtd_no"]
                    found.setdefault(name, []).append(float(row["response_time_ms"]) / 1000)
        return found

    async def stop(self) -> None:
        await processes.stop(self.process, seconds=1)
