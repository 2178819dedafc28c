"""``parley flow`` as a person uses it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.flow import flow

BAD = """
languages: [en]
start: first
nodes:
  first: {type: queue, queue: crads}
  lost: {type: hangup}
"""
RUN = [sys.executable, "-c", "from app.cli.flow import flow; flow()"]


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD, encoding="utf-8")
    return file


def test_check_finds_nothing_wrong_with_the_sample() -> None:
    result = CliRunner().invoke(flow, ["check"])
    assert (result.exit_code, result.output) == (0, "No problem in main, english.\n")


def test_check_names_file_line_and_what_is_allowed(bad: Path) -> None:
    result = CliRunner().invoke(flow, ["check", str(bad)])
    assert result.exit_code == 2
    assert f"error: {bad}:5: nodes.first.queue: there is no such queue; found 'crads'" in (
        result.output
    )
    assert "did you mean 'cards'?" in result.output


def test_check_prints_json(bad: Path) -> None:
    result = CliRunner().invoke(flow, ["check", "--json", "main", str(bad)])
    problem = json.loads(result.output)[0]
    assert (problem["line"], problem["did_you_mean"], problem["warning"]) == (5, "cards", False)


def test_a_warning_is_no_error(bad: Path) -> None:
    bad.write_text(BAD.replace("crads", "cards"), encoding="utf-8")
    result = CliRunner().invoke(flow, ["check", str(bad)])
    assert result.exit_code == 0
    assert result.output.startswith("warning: ")
    assert "nothing leads to this node" in result.output


def test_draw_shows_every_node_and_way() -> None:
    result = CliRunner().invoke(flow, ["draw", "english"])
    lines = result.output.splitlines()
    assert lines[0] == "flowchart TD"
    assert '    n2{{"<b>why</b><br/>ask"}}' in lines
    assert '    n2 -->|"lost_card"| n8' in lines
    assert '    n2 -.->|"otherwise"| n3' in lines
    assert '    n3{{"<b>main</b><br/>menu"}}' in lines
    assert '    n3 -->|"1"| n4' in lines
    assert '    n3 -.->|"exhausted"| n11' in lines


def test_draw_shows_what_may_be_said() -> None:
    lines = CliRunner().invoke(flow, ["draw", "main"]).output.splitlines()
    assert '    n4 -->|"1 “信用卡” “cards”"| n5' in lines


def test_check_tells_what_cannot_be_spoken_or_heard_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_SYNTHESIS__ENABLED", "false")
    monkeypatch.setenv("PARLEY_HEARING__ENABLED", "false")
    result = CliRunner().invoke(flow, ["check", "main"])
    assert result.exit_code == 0
    assert "the text cannot be spoken in zh-CN: synthesis is switched off" in result.output
    assert "'main-menu' is said instead" in result.output
    assert "nobody here understands en, so that only keys count" in result.output


@pytest.mark.parametrize(
    ("keys", "language", "last"),
    [
        ("1\n1\n1\n", "zh-CN", "queue=cards"),
        ("2\n2\n9\n0\n", "en", "queue=operator"),
        ("2\nI need a loan please\n1\n", "en", "queue=loans"),
        ("1\n", "zh-CN", "reason=abandoned_in_ivr by_customer=True"),
    ],
)
def test_try_talks_through_a_pipe(keys: str, language: str, last: str) -> None:
    done = subprocess.run(
        [*RUN, "try", "main", "--trace"], input=keys, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert said[:2] == ["欢迎致电玉河银行。", "Welcome to Jade River Bank."]
    assert said[-1].startswith("=> ")
    assert last in said[-1]
    assert f'"language": "{language}"' in done.stderr


def test_try_talks_in_a_terminal() -> None:
    """Keys are shown as a choice, and the end of input is the caller hanging up."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*RUN, "try", "english"], stdin=theirs, stdout=theirs) as running:
        os.close(theirs)
        heard = ""
        while "[1 2 3 0 or in your own words]" not in heard:
            heard += os.read(ours, 4096).decode()
        os.write(ours, b"2\n")
        while "[1 2 9 0]" not in heard:
            heard += os.read(ours, 4096).decode()
        os.write(ours, b"\x04")
        while "=> " not in heard or "by_customer" not in heard:
            heard += os.read(ours, 4096).decode()
        assert running.wait(timeout=30) == 0
    os.close(ours)
    assert "Welcome to Jade River Bank." in heard
    assert "reason=abandoned_in_ivr" in heard
