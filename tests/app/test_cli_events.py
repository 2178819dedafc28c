"""``parley events``: the past, and what happens."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from core import process as processes
from core.event_log import EventLog
from core.events import Event
from core.ids import new_id
from core.redis import Keys

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def log(redis: Redis) -> EventLog:
    return EventLog(redis, Keys("parley"))


class Command:
    """``parley events`` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, url: str, state: Path, *words: str) -> Command:
        environ = {
            **os.environ, "REDIS_URL": url, "TZ": "UTC", "PARLEY_SERVER__STATE_DIR": str(state),
        }  # fmt: skip
        return cls(
            await processes.spawn(
                [sys.executable, "-m", "app", "events", *words], cwd=ROOT, env=environ,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )
        )  # fmt: skip

    async def line(self) -> str:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        assert line, (await self.process.communicate())[1].decode()
        return line.decode().rstrip("\n")

    async def lines(self) -> list[str]:
        out, err = await asyncio.wait_for(self.process.communicate(), 60)
        assert self.process.returncode == 0, err.decode()
        return out.decode().splitlines()


def numbers(lines: list[str]) -> list[Any]:
    return [json.loads(line)["data"]["n"] for line in lines]


async def test_the_last_events(log: EventLog, redis_url: str, tmp_path: Path) -> None:
    contact = new_id("con")
    await log.append(Event(type="agent.ready", at=AT, agent_id="anna"))
    data = {"queue": "cards", "caller": "+493055501234", "raw": "\x1b[2J"}
    await log.append(Event(type="contact.queued", at=AT, contact_id=contact, seq=1, data=data))
    first, second = await (await Command.start(redis_url, tmp_path)).lines()
    assert first.split() == ["09:00:00.000", "agent.ready", "-", "anna"]
    assert second.split()[:4] == ["09:00:00.000", "contact.queued", contact, "-"]
    assert "•••1234" in second
    assert "5550" not in second
    assert "\x1b" not in second


async def test_filters_and_json(log: EventLog, redis_url: str, tmp_path: Path) -> None:
    mine = new_id("con")
    for number in range(40):
        whose = mine if number % 2 else None
        type_ = "contact.queued" if number % 4 == 1 else "contact.ended"
        await log.append(Event(type=type_, at=AT, contact_id=whose, data={"n": number}))
    asked = [
        ["-n", "3"],
        ["--contact", mine, "-n", "2"],
        ["--type", "contact.queued", "-n", "100"],
        ["--type", "agent.*"],
    ]
    commands = [await Command.start(redis_url, tmp_path, "--json", *words) for words in asked]
    json_lines = [await command.lines() for command in commands]
    assert list(map(numbers, json_lines)) == [[37, 38, 39], [37, 39], list(range(1, 40, 4)), []]


async def test_follows_until_it_is_interrupted(
    log: EventLog, redis_url: str, tmp_path: Path
) -> None:
    for number in range(5):
        await log.append(Event(type="contact.queued", at=AT, data={"n": number}))
    command = await Command.start(redis_url, tmp_path, "--follow", "--json", "-n", "2")
    past = [await command.line() for _ in range(2)]
    for number in range(5, 60):
        await log.append(Event(type="contact.queued", at=AT, data={"n": number}))
    present = [await command.line() for _ in range(55)]
    assert numbers(past + present) == list(range(3, 60))
    command.process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(command.process.communicate(), 30)
    assert (command.process.returncode, out) == (130, b"")
    assert b"Traceback" not in err


async def test_says_when_there_is_no_server(tmp_path: Path) -> None:
    command = await Command.start("redis://127.0.0.1:1/0", tmp_path)
    out, err = await asyncio.wait_for(command.process.communicate(), 60)
    assert (command.process.returncode, out) == (1, b"")
    assert b"REDIS_URL" in err
    assert b"Traceback" not in err
