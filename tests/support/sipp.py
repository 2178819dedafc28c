"""Callers in numbers: sipp, as a process of its own (it is GPL: nothing of it is imported).

sipp = await callers(programs, folder, number="4000", count=100, ...)
await sipp.wait()
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from core import process as processes
from sip.asterisk.programs import Programs

_SCENARIO = Path(__file__).parent / "scenarios" / "impatient.xml"


async def callers(
    programs: Programs,
    folder: Path,
    *,
    number: str,
    count: int,
    patience: float,
    port: int,
    sip_port: int,
    user: str,
    password: str,
) -> asyncio.subprocess.Process:
    """``count`` callers dial ``number`` within a second and each gives up after
    ``patience`` seconds; the process ends when all have."""
    name = f"impatient-{port}"
    scenario = folder / f"{name}.xml"
    text = _SCENARIO.read_text().replace("[patience]", str(round(patience * 1000)))
    scenario.write_text(text)
    fields = folder / f"{name}.csv"
    fields.touch(mode=0o600)
    fields.write_text(f"SEQUENTIAL\n{user};{password}\n")
    with (folder / f"{name}.log").open("ab") as out:
        return await processes.spawn(
            programs.command(
                "sipp", f"127.0.0.1:{sip_port}", "-sf", scenario, "-s", number, "-i", "127.0.0.1",
                "-p", str(port), "-inf", fields, "-m", str(count), "-l", str(count),
                "-r", str(count), "-nostdin", "-skip_rlimit", "-timeout", "60s",
            ),
            cwd=folder, env={"TERM": "dumb"}, stdout=out, stderr=out,
        )  # fmt: skip
