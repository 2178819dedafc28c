"""``parley config`` as a person and as a script use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.password_hash import matches
from tests.config.files import SMALL, write

ROOT = Path(__file__).parents[2]


def parley(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PARLEY_", "REDIS_", "DATA"))}
    return subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *words],
        cwd=ROOT, env={**clean, **environ}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> str:
    text = f"{SMALL}server: {{state_dir: {tmp_path / 'state'}}}\n"
    return str(write(tmp_path, text))


def test_check_of_a_good_configuration(config: str) -> None:
    done = parley("config", "check", "--config", config)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The configuration is valid: 1 numbers, 1 queues, 1 agents.\n"


def test_check_of_a_bad_one_lists_everything_and_exits_with_2(tmp_path: Path) -> None:
    text = SMALL.replace("{flow: main}", "{flow: mian}").replace("5}", "50}")
    done = parley("config", "check", "--config", str(write(tmp_path, text)))
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0] == "error: 2 errors in the configuration:"
    assert lines[1].startswith("  parley.yaml:10: agents.ann.skills.cards: found '50'; allowed: ")
    assert lines[2].startswith("  parley.yaml:5: numbers.4001.flow: there is no such flow;")


def test_json_errors(tmp_path: Path) -> None:
    main = write(tmp_path, SMALL.replace("{flow: main}", "{flow: mian}"))
    done = parley("config", "check", "--json", "--config", str(main))
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "bad_configuration"
    problem = error["data"]["problems"][0]
    assert (problem["file"], problem["line"], problem["key"]) == (
        "parley.yaml", 5, "numbers.4001.flow",
    )  # fmt: skip
    assert problem["did_you_mean"] == "main"


def test_warnings_do_not_fail_unless_asked(tmp_path: Path) -> None:
    main = str(write(tmp_path, SMALL.replace("{cards: 5}", "{cards: 1}")))
    assert parley("config", "check", "--config", main).returncode == 0
    done = parley("config", "check", "--strict", "--config", main)
    assert done.returncode == 2
    assert done.stderr.startswith("warning: parley.yaml:8: queues.cards.skills: no agent")


def test_show_and_secret(config: str) -> None:
    done = parley("config", "show", "--config", config, PARLEY_SECRET_TRUNK_CARRIER="hunter2")
    assert done.returncode == 0
    assert "hunter2" not in done.stdout
    assert "secret: trunk-carrier  # parley.yaml:3" in done.stdout
    shown = json.loads(parley("config", "show", "--json", "--config", config).stdout)
    assert shown["settings"]["queues"]["cards"]["skills"] == {"cards": 3}
    assert shown["sources"]["queues.cards.skills.cards"] == "parley.yaml:8"
    done = parley("config", "secret", "trunk-carrier", "--config", config,
                  PARLEY_SECRET_TRUNK_CARRIER="hunter2")  # fmt: skip
    assert done.stdout == "hunter2\n"
    done = parley("config", "secret", "nothing", "--config", config)
    assert done.returncode == 2
    names = done.stderr.partition("There are: ")[2].strip().rstrip(".").split(", ")
    assert {"ami", "fastagi", "login-ann", "phone-6001", "trunk-carrier"} <= set(names)


def test_a_password_is_set_and_only_its_hash_is_kept(config: str, tmp_path: Path) -> None:
    where = {"PARLEY_STATE_DIR": str(tmp_path / "state")}
    done = parley("config", "password", "ann", "--config", config, **where)
    assert done.returncode == 0, done.stderr
    password = done.stdout.strip()
    kept = json.loads((tmp_path / "state" / "secrets.json").read_text())["login-ann"]
    assert matches(kept, password)
    done = parley("config", "secret", "login-ann", "--config", config, **where)
    assert done.returncode == 1
    assert "parley config password ann" in done.stderr
    done = parley("config", "password", "nobody", "--config", config, **where)
    assert "Nobody is called 'nobody'" in done.stderr
    done = parley("config", "password", "ann", "--print-hash", "--config", config, **where)
    assert matches(done.stdout.strip(), done.stderr.strip())
    assert json.loads((tmp_path / "state" / "secrets.json").read_text())["login-ann"] == kept


def test_help_is_quick_because_it_imports_no_command() -> None:
    code = (
        "import sys\nfrom app.cli import main\ntry:\n main(['--help'])\n"
        "except SystemExit:\n pass\n"
        "heavy = {'yaml', 'pydantic', 'sqlalchemy', 'aiohttp', 'panoramisk', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert "Check and show the configuration." in done.stdout
    assert done.stderr.strip() == "[]"


def test_a_wrong_command_is_bad_input() -> None:
    done = parley("confg")
    assert done.returncode == 2
    assert "No such command 'confg'" in done.stderr
