"""Secrets come from where they should and show themselves nowhere."""

from __future__ import annotations

import multiprocessing
import pickle
import stat
from pathlib import Path

import pytest

from config.secrets import (
    Secret,
    SecretMissing,
    Secrets,
    SecretStoreUnsafe,
    SecretUnusable,
)


def test_a_secret_does_not_print() -> None:
    secret = Secret("hunter2")
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret:>20}", f"{[secret]}"):
        assert "hunter2" not in shown
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2")
    assert secret != Secret("hunter3")
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_the_environment_comes_before_the_folder_and_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    (folder / "carrier-a.b").write_text("from folder\n")
    environ = {"PARLEY_SECRETS_DIR": str(folder)}
    state = tmp_path / "state"
    assert Secrets(state, environ=environ).get("carrier-a.b").reveal() == "from folder"
    environ["PARLEY_SECRET_CARRIER_A_B"] = "from environment"
    secrets = Secrets(state, environ=environ)
    assert secrets.get("carrier-a.b").reveal() == "from environment"
    assert secrets.get_or_create("carrier-a.b").reveal() == "from environment"
    assert secrets.source("carrier-a.b") == "environment variable PARLEY_SECRET_CARRIER_A_B"
    assert not state.exists(), "nothing was made"


def test_a_secret_that_somebody_else_chose_is_never_invented(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing) as caught:
        Secrets(tmp_path, environ={}).get("carrier")
    assert "PARLEY_SECRET_CARRIER" in caught.value.hint
    assert "PARLEY_SECRETS_DIR" in caught.value.hint


def test_generated_secrets_stay_and_are_for_us_only(tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = Secrets(state, environ={}).get_or_create("ami")
    assert len(first.reveal()) >= 20
    assert Secrets(state, environ={}).get_or_create("ami") == first
    assert Secrets(state, environ={}).get_or_create("other") != first
    assert stat.S_IMODE((state / "secrets.json").stat().st_mode) == 0o600
    assert Secrets(state, environ={}).source("ami") == "generated, in the state folder"
    assert [file.name for file in state.glob(".secrets-*")] == []


def test_many_at_once(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, environ={"PARLEY_SECRET_B": "given"})
    kept = secrets.get_or_create("a")
    secrets.ensure(["a", "b", "c", "d"])
    assert secrets.get("a") == kept
    assert secrets.get("c") != secrets.get("d")
    assert secrets.source("b") == "environment variable PARLEY_SECRET_B"
    assert "given" not in (tmp_path / "secrets.json").read_text()


def test_another_installation_has_other_secrets(tmp_path: Path) -> None:
    made = {Secrets(tmp_path / n, environ={}).get_or_create("ami").reveal() for n in "abc"}
    assert len(made) == 3


def _create(state: Path) -> str:
    return Secrets(state, environ={}).get_or_create("ami").reveal()


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_create, [tmp_path / "state"] * 16))) == 1


def test_an_exposed_or_damaged_store_is_refused(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, environ={})
    secrets.get_or_create("ami")
    (tmp_path / "secrets.json").chmod(0o644)
    with pytest.raises(SecretStoreUnsafe, match="can be read by other users"):
        secrets.get_or_create("ami")
    (tmp_path / "secrets.json").write_text('{"ami": 1}')
    (tmp_path / "secrets.json").chmod(0o600)
    with pytest.raises(SecretStoreUnsafe, match="damaged"):
        secrets.get_or_create("ami")


@pytest.mark.parametrize("value", ["two\nlines", "bell\x07", "x" * 513])
def test_what_no_protocol_can_carry_is_refused_and_not_repeated(tmp_path: Path, value: str) -> None:
    with pytest.raises(SecretUnusable) as caught:
        Secrets(tmp_path, environ={"PARLEY_SECRET_A": value}).get("a")
    assert value not in str(caught.value)


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x")
    (tmp_path / "in").mkdir()
    secrets = Secrets(tmp_path / "state", environ={"PARLEY_SECRETS_DIR": str(tmp_path / "in")})
    with pytest.raises(SecretMissing):
        secrets.get("../outside")
