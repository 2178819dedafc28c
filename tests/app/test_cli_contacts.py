"""``parley contacts`` as a person and as a script use it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acd.records.store import store
from app.cli import main
from app.migrate import upgrade
from core.database import create_engine
from tests.acd.records.build import CUSTOMER, Call, arrive, whole_call

EVIL = "\x1b[31m+493055509876\x07"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """A whole call and one of an odd caller, stored in the database that is configured."""
    url = f"sqlite:///{tmp_path}/parley.db"
    monkeypatch.setenv("DATABASE_URL", url)
    made = [
        whole_call(),
        arrive(customer_number=EVIL, attributes={"callback": "+49 30 1", "order": "4711471147"}),
    ]

    async def fill() -> None:
        await upgrade(url)
        engine = create_engine(url)
        await store(engine, [call.versions[-1].rows() for call in made])
        await engine.dispose()

    asyncio.run(fill())
    return made


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The terminal is in Berlin, an hour before UTC in March."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints; it must succeed."""
    capsys.readouterr()  # what was printed before
    main(words)
    return capsys.readouterr().out


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(run(capsys, *words, "--json"))


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The error of a command that must fail."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code
    return capsys.readouterr().err


def test_the_list_in_local_time(
    calls: list[Call], berlin: None, capsys: pytest.CaptureFixture[str]
) -> None:
    heads, odd, whole = run(capsys, "contacts").splitlines()
    assert heads.split() == [
        "CONTACT", "CREATED", "WAY", "CUSTOMER", "DIALLED", "QUEUE", "AGENT", "WAIT",
        "TALK", "STATE",
    ]  # fmt: skip
    assert whole.split() == [
        calls[0].id, "2026-03-04", "10:00:00", "in", "•••1234", "4000", "cards", "anna", "0:20",
        "1:30", "customer", "hung", "up",
    ]  # fmt: skip
    assert odd.split()[0] == calls[1].id


def test_numbers_are_masked_unless_asked_for(
    calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["contacts"], ["contacts", "show", calls[0].id]):
        for more in ([], ["--json"]):
            assert CUSTOMER not in run(capsys, *words, *more)
            assert CUSTOMER in run(capsys, *words, *more, "--full")
    shown = run_json(capsys, "contacts", "show", calls[1].id)
    assert shown["attributes"]["order"] == "•••1147"


def test_nothing_reaches_the_terminal_that_it_would_act_upon(
    calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["contacts"], ["contacts", "show", calls[1].id]):
        for more in ([], ["--full"]):
            text = run(capsys, *words, *more)
            assert all(character.isprintable() or character == "\n" for character in text)


def test_one_contact_as_a_time_line(
    calls: list[Call], berlin: None, capsys: pytest.CaptureFixture[str]
) -> None:
    text = run(capsys, "contacts", "show", calls[0].id)
    lines = [line.split() for line in text.splitlines()]
    assert ["10:00:05.750", "0:05.500", "0:20.000", "QUEUE", "queue=cards", "answered"] in lines
    assert ["10:01:25.750", "1:25.500", "0:15.000", "HOLD", "agent=anna"] in lines
    stretches = [line[3] for line in lines if len(line) > 3 and line[3].isupper()]
    assert stretches == ["WHAT", "IVR", "QUEUE", "RING", "TALK", "HOLD", "TALK", "WRAP-UP"]
    assert "times       ivr 0:05, wait 0:20, talk 1:30, hold 0:15, wrap-up 0:10" in text
    assert "ended: customer hung up (cause 16)" in text
    assert "disposition resolved by anna at 2026-03-04 10:02:12: new card ordered" in text


def test_json_tells_the_same_in_utc(
    calls: list[Call], berlin: None, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = run_json(capsys, "contacts", "show", calls[0].id)
    assert shown["created_at"] == calls[0].contact.created_at.timestamp()
    assert [segment["kind"] for segment in shown["segments"]] == [
        "ivr", "queue", "ring", "talk", "hold", "talk", "wrap_up",
    ]  # fmt: skip
    assert [event["seq"] for event in shown["events"]] == list(range(1, len(calls[0].events) + 1))


def test_filters(calls: list[Call], capsys: pytest.CaptureFixture[str]) -> None:
    def found(*words: str) -> list[str]:
        answer = run_json(capsys, "contacts", "list", *words)
        return [contact["id"] for contact in answer["contacts"]]

    whole, odd = (call.id for call in calls)
    assert found() == [odd, whole]
    assert found("--queue", "cards") == [whole]
    assert found("--agent", "anna") == [whole]
    assert found("--agent", "ben") == []
    assert found("--state", "arrived") == [odd]
    assert found("--end-reason", "customer_hung_up") == [whole]
    assert found("--number", "*1234") == [whole]
    assert found("--since", "2026-03-04T09:00:00Z", "--until", "2026-03-05") == [odd, whole]
    assert found("--since", "2026-03-04T09:00:01+00:00") == []
    assert found("--until", "2026-03-04T09:00:00Z") == []


def test_pages(calls: list[Call], capsys: pytest.CaptureFixture[str]) -> None:
    first = run_json(capsys, "contacts", "--limit", "1")
    second = run_json(capsys, "contacts", "--limit", "1", "--after", first["next"])
    ids = [page["contacts"][0]["id"] for page in (first, second)]
    assert ids == [calls[1].id, calls[0].id]
    assert second["next"] is None


def test_what_is_not_there(calls: list[Call], capsys: pytest.CaptureFixture[str]) -> None:
    assert "no contact 'con_X'" in refused(capsys, "contacts", "show", "con_X")
    assert "no time" in refused(capsys, "contacts", "--since", "tomorrow")
    assert "no page" in refused(capsys, "contacts", "--after", "x")
    assert "--limit" in refused(capsys, "contacts", "--limit", "0")


def test_before_the_first_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "parley.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    assert "Start Parley" in refused(capsys, "contacts")
    assert not file.exists()
