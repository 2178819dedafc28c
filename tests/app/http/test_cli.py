"""The commands that ask a running Parley, in processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from acd.contact_states import ContactState
from acd.model import Medium
from app.http import operator
from app.http.operator import FILE, NotRunning, OperatorAccess
from core import process as processes
from tests.support.text_medium import TextMedium
from tests.support.wait import eventually
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
    assert re.search(r"accounts +[a-z ]+ 1 ", out)
    status, out, _ = await parley(house.state_dir, "health")
    assert status == 0
    assert "redis" in out
    status, out, err = await parley(house.state_dir, "agents", "not-ready", "li.wei", "nap")
    assert status == 2
    assert "There are: break, lunch" in err
    status, out, err = await parley(house.state_dir, "agents", "ready", "nobody", "--json")
    assert status == 2
    assert json.loads(out)["error"]["code"] == "agent_not_found"


async def test_supervision_from_the_terminal(web_house: WebHouse) -> None:
    """Who waits, in which order and why; then moved, weighed, assigned and ended."""
    house = web_house
    folder = house.state_dir
    house.router.add_driver(Medium.CHAT, TextMedium())
    chat = await house.router.contacts.open(medium=Medium.CHAT, channel="webchat")
    await house.router.enqueue(chat.id, "loans")
    call = await house.customer("cards")

    async def done(*words: str) -> str:
        status, out, err = await parley(folder, *words)
        assert (status, err) == (0, ""), (words, err)
        return out

    assert await done("contacts", "prioritise", call, "-5") == f"{call}: done.\n"
    assert await done("contacts", "move", call, "accounts", "--priority", "40")
    lines = (await done("contacts", "waiting")).splitlines()
    assert lines[0].split() == [
        "CONTACT", "QUEUE", "MEDIUM", "SCORE", "PRIORITY", "WAITED", "STATE", "AGENT",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:]] == [call, chat.id]
    assert lines[1].split()[1:3] == ["accounts", "voice"]

    out = await done("why", call)
    assert "for accounts. Nobody who meets what it asks for is logged in" in out
    assert "Asks for: " in out
    assert "Entered accounts at its old age, with priority 40" in out
    assert "not logged in" in out
    out = await done("why", call, "--language", "zh-CN")
    assert "未签入" in out
    found = json.loads(await done("why", call, "--json"))
    assert found["waits"]["cause"] == "nobody_here"

    out = await done("agents", "force", "li.wei", "not-ready", "--reason", "lunch")
    assert out == "li.wei is not ready (lunch).\n"
    out = await done("agents", "force", "li.wei", "ready")
    assert await done("contacts", "assign", chat.id, "li.wei")
    out = await done("offers")
    assert chat.id in out
    offer = json.loads(await done("offers", "--json"))[0]
    assert await done("offers", "accept", offer["id"]) == f"{offer['id']} is accepted.\n"
    await house.contact_is(chat.id, ContactState.CONNECTED)
    out = await done("agents", "show", "li.wei")
    assert "25 of 100 used" in out
    assert chat.id in out
    out = await done("agents")
    assert "25/100" in out
    assert await done("contacts", "park", chat.id)
    assert await done("contacts", "unpark", chat.id)
    assert await done("contacts", "end", call)
    status, _, err = await parley(folder, "contacts", "end", call)
    assert status in (0, 2), err
    out = await done("queues")
    assert out.splitlines()[0].split()[:5] == [
        "QUEUE", "STRATEGY", "WAITING", "LONGEST", "EXPECTED",
    ]  # fmt: skip
    out = await done("routers")
    assert "leads (this one)" in out
    assert json.loads(await done("routers", "--json"))["epoch"] == 1

    async def audited() -> list[dict[str, Any]]:
        lines = (await done("audit", "--json", "--action", "contact.*")).splitlines()
        return [json.loads(line) for line in lines]

    async def all_there() -> bool:
        return len(await audited()) >= 6

    await eventually(all_there, "what was done is in the audit")
    entries = await audited()
    first = entries[0]
    assert (first["who"], first["via"], first["action"]) == (
        "operator",
        "cli",
        "contact.prioritise",
    )
    assert first["account"]
    assert (first["before"]["priority"], first["after"]["priority"]) == (0, -5)
    assert entries[1]["action"] == "contact.move"
    out = await done("audit", "--target", call)
    assert "queue: cards -> accounts" in out
    status, _, err = await parley(folder, "agents", "force", "li.wei", "ready", "--reason", "lunch")
    assert status == 2
    assert "--reason belongs to not-ready" in err


async def test_the_audit_is_followed(web_house: WebHouse) -> None:
    house = web_house
    environment = {**os.environ, "PARLEY_STATE_DIR": str(house.state_dir), "PYTHONUTF8": "1"}
    environment.pop("PARLEY_CONFIG", None)
    process = await processes.spawn(
        [sys.executable, "-u", "-c", "from app.cli import main; main()", "audit", "-f", "--json"],
        env=environment, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    grace = await house.signed_in("grace.hill")
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while not any(one["action"] == "agent.log_in" for one in seen):
            async with grace.post("/api/agents/li.wei/log-in", json={}) as response:
                assert response.status == 200
            seen.append(json.loads(await process.stdout.readline()))
    await processes.stop(process)
    assert len({one["id"] for one in seen}) == len(seen)


async def test_why_without_a_running_parley(web_house: WebHouse, tmp_path: Path) -> None:
    """What has ended is explained from the database."""
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    await house.router.end(contact_id)
    await house.router.wrap_up_done("wang.fang")
    assert await house.writer.drain(10)
    access = operator.read(house.state_dir)
    operator.remove(house.state_dir, access)
    status, out, err = await parley(house.state_dir, "why", contact_id)
    assert (status, err) == (0, "")
    assert out.startswith("Went to wang.fang. Offered to wang.fang: score")
    status, _, err = await parley(house.state_dir, "why", "con_X")
    assert status == 2
    assert "no contact" in err
    status, _, err = await parley(tmp_path / "nothing", "why", contact_id)
    assert status == 1


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
