"""The effective configuration: complete, readable again, without secrets."""

from __future__ import annotations

from pathlib import Path

from config.load import SAMPLE, load
from config.secrets import Secrets
from config.show import as_dict, show
from tests.config.files import SMALL, loaded, write


def test_what_is_shown_is_the_same_configuration(tmp_path: Path) -> None:
    found = load(SAMPLE, environ={})
    again = tmp_path / "parley.yaml"
    again.write_text(show(found, Secrets(tmp_path, environ={})), encoding="utf-8")
    assert loaded(again).settings == found.settings


def test_each_given_value_says_where_it_came_from(tmp_path: Path) -> None:
    found = loaded(write(tmp_path), {"PARLEY_SIP_PORT": "5077"})
    lines = show(found, Secrets(tmp_path, environ={})).splitlines()
    assert "  port: 5077  # environment variable PARLEY_SIP_PORT" in lines
    assert "  time_zone: Asia/Shanghai  # parley.yaml:1" in lines
    assert "  realm: parley" in lines, "a default has no source"


def test_secrets_are_named_but_not_shown(tmp_path: Path) -> None:
    environ = {
        "PARLEY_SECRET_TRUNK_CARRIER": "hunter2",
        "DATABASE_URL": "postgresql://me:hunter2@db/parley",
        "REDIS_URL": "redis://:hunter2@db/0",
    }
    found = loaded(write(tmp_path), environ)
    secrets = Secrets(tmp_path, environ=environ)
    made = secrets.get_or_create("ami").reveal()
    text = show(found, secrets)
    assert "hunter2" not in text
    assert made not in text
    assert "postgresql://me:***@db/parley" in text
    assert "#   trunk-carrier: environment variable PARLEY_SECRET_TRUNK_CARRIER" in text
    assert "#   ami: generated, in the state folder" in text
    assert "#   phone-6001: not there yet" in text
    assert "hunter2" not in str(as_dict(found, secrets))


def test_text_that_looks_like_something_else_survives(tmp_path: Path) -> None:
    nasty = ["yes", "0123", "1e3", "null", "- a", "a: b", "#x", "{x}", "'", '"', "~", "  x "]
    for label in nasty:
        text = SMALL.replace("skills: {cards: Cards}", f"skills: {{cards: {label!r}}}")
        if label == "'":
            text = SMALL.replace("skills: {cards: Cards}", 'skills: {cards: "\'"}')
        found = loaded(write(tmp_path, text))
        again = tmp_path / "again.yaml"
        again.write_text(show(found, Secrets(tmp_path, environ={})), encoding="utf-8")
        assert loaded(again).settings == found.settings, label
