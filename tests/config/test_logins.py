"""Passwords are kept as hashes, whatever they were before."""

from __future__ import annotations

import json
from pathlib import Path

import argon2
import pytest

from config.logins import Logins
from config.password_hash import WeakPassword, hashed, is_hash, matches, needs_rehash
from config.secrets import SecretKeptElsewhere, Secrets, login_secret

WORD = "correct horse battery"


def stored(state: Path) -> dict[str, str]:
    found = json.loads((state / "secrets.json").read_text())
    assert isinstance(found, dict)
    return found


def test_only_a_hash_is_kept(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, environ={})
    logins = Logins(secrets)
    assert logins.hash_of("sue") is None
    assert logins.without(["sue"]) == ["sue"]
    logins.set("sue", WORD)
    kept = stored(tmp_path)["login-sue"]
    assert is_hash(kept)
    assert matches(kept, WORD)
    assert not matches(kept, WORD + " ")
    assert WORD not in (tmp_path / "secrets.json").read_text()
    logins.set("sue", "another word of hers")
    assert not matches(str(logins.hash_of("sue")), WORD)


def test_what_an_older_version_kept_as_text_becomes_a_hash(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, environ={})
    old = secrets.get_or_create(login_secret("sue")).reveal()
    secrets.get_or_create("phone-6001")
    found = Logins(secrets).hash_of("sue")
    assert found is not None
    assert matches(found, old)
    text = (tmp_path / "secrets.json").read_text()
    assert old not in text
    assert not is_hash(stored(tmp_path)["phone-6001"])  # SIP needs the secret itself
    assert Logins(Secrets(tmp_path, environ={})).hash_of("sue") == found  # once and for all


def test_passwords_from_elsewhere_may_be_text_or_hashes(tmp_path: Path) -> None:
    environ = {"PARLEY_SECRET_LOGIN_SUE": WORD, "PARLEY_SECRET_LOGIN_BOB": hashed(WORD)}
    logins = Logins(Secrets(tmp_path, environ=environ))
    for login in ("sue", "bob"):
        assert matches(str(logins.hash_of(login)), WORD)
        with pytest.raises(SecretKeptElsewhere):
            logins.set(login, "another word of hers")
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("word", ["short", "x" * 20, "I am SUE myself", "x y\nz 12345", "a" * 513])
def test_weak_ones_are_refused(tmp_path: Path, word: str) -> None:
    with pytest.raises(WeakPassword):
        Logins(Secrets(tmp_path, environ={})).set("sue", word)


def test_hashes_of_weaker_times_are_found() -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(WORD)
    assert matches(weak, WORD)
    assert needs_rehash(weak)
    assert not needs_rehash(hashed(WORD))


@pytest.mark.parametrize("text", ["", "$argon2id$", "$argon2id$v=19$m=1,t=1,p=1$x$y", WORD])
def test_what_is_no_hash_matches_nothing(text: str) -> None:
    assert not matches(text, WORD)
