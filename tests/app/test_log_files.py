"""Logs are cut while they are written, and their older parts kept in order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.log_files import cut, part
from core import process as processes
from tests.support.wait import until

_WRITER = "i=0; while :; do i=$((i+1)); echo line $i; done"


def test_a_small_one_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    assert not cut(log)
    log.write_text("short\n")
    assert not cut(log, largest=6)
    assert log.read_text() == "short\n"
    assert not part(log, 1).exists()


def test_a_few_older_parts_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    for number in range(1, 6):
        log.write_text(f"{number}\n" * 3)
        log.chmod(0o600)
        assert cut(log, largest=1, kept=3)
    assert log.read_text() == ""
    assert [part(log, n).read_text()[0] for n in (1, 2, 3)] == ["5", "4", "3"]
    assert not part(log, 4).exists()
    assert part(log, 1).stat().st_mode & 0o777 == 0o600


def test_one_that_cannot_be_kept_stays_whole(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("text\n")
    part(log, 1).mkdir()
    (part(log, 1) / "full").touch()
    with pytest.raises(OSError, match="directory"):
        cut(log, largest=1, kept=1)
    assert log.read_text() == "text\n"


async def test_who_writes_goes_on_at_the_new_beginning(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    with log.open("ab") as out:
        writer = await processes.spawn(["sh", "-c", _WRITER], stdout=out)
    try:
        for _ in range(3):
            await until(lambda: log.stat().st_size > 50_000, 20, "a grown log")
            assert await asyncio.to_thread(cut, log, largest=50_000)
        await until(lambda: log.stat().st_size > 1000, 20, "more lines")
    finally:
        await processes.stop(writer, seconds=2)
    texts = [part(log, n).read_text() for n in (3, 2, 1)] + [log.read_text()]
    assert "\0" not in "".join(texts)
    numbers = [int(line.split()[1]) for text in texts for line in text.splitlines()[1:-1]]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 10_000
