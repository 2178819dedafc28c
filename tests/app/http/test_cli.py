"""The commands that ask a running Parley, in processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from app.http import operator
from app.http.operator import FILE, NotRunning, OperatorAccess
from tests.support.web import WebHouse


async def parley(state_dir: Path, *words: str) -> tuple[int, str, str]:
    """Run ``parley`` on a state folder; status, output, complaints."""
    environment = {**os.environ, "PARLEY_STATE_DIR": str(state_dir), "PYTHONUTF8": "1"}
    environment.pop("PARLEY_CONFIG", None)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from app.cli import main; main()", *words,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_agents_queues_and_health(web_house: WebHouse) -> None:
    house = web_house
    mode = (house.state_dir / FILE).stat().st_mode & 0o777
    assert mode == 0o600
    status, out, err = await parley(house.state_dir, "agents", "log-in", "li.wei", "--ready")
    assert (status, err) == (0, "")
    assert out == "li.wei is ready.\n"
    await house.customer("loans")
    await house.medium.rings("li.wei")
    await house.customer("accounts")
    status, out, _ = await parley(house.state_dir, "agents")
    assert status == 0
    assert "li.wei" in out
    assert "offered" in out
    status, out, _ = await parley(house.state_dir, "queues", "--json")
    queues: dict[str, Any] = {queue["name"]: queue for queue in json.loads(out)}
    assert queues["loans"]["waiting"] == 1
    status, out, _ = await parley(house.state_dir, "queues")
    assert "accounts  1" in out
    status, out, _ = await parley(house.state_dir, "health")
    assert status == 0
    assert "redis" in out
    status, out, err = await parley(house.state_dir, "agents", "not-ready", "li.wei", "nap")
    assert status == 2
    assert "There are: break, lunch" in err
    status, out, err = await parley(house.state_dir, "agents", "ready", "nobody", "--json")
    assert status == 2
    assert json.loads(out)["error"]["code"] == "agent_not_found"


async def test_nothing_runs(tmp_path: Path) -> None:
    status, _, err = await parley(tmp_path, "health")
    assert status == 1
    assert "No running Parley was found" in err
    # Left behind by a kill -9: the file is there, nobody answers.
    operator.write(tmp_path, OperatorAccess("http://127.0.0.1:9", "x"))
    status, _, err = await parley(tmp_path, "health")
    assert status == 1
    assert "does not answer" in err


def test_the_file_of_a_later_start_stays(tmp_path: Path) -> None:
    first, second = OperatorAccess("http://a", "1"), OperatorAccess("http://a", "2")
    operator.write(tmp_path, first)
    operator.write(tmp_path, second)
    operator.remove(tmp_path, first)
    assert operator.read(tmp_path) == second
    operator.remove(tmp_path, second)
    with pytest.raises(NotRunning):
        operator.read(tmp_path)
    (tmp_path / FILE).write_text("{")
    with pytest.raises(NotRunning):
        operator.read(tmp_path)
