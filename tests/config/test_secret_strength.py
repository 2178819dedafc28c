"""Weak secrets are refused; those that Parley makes never are."""

from __future__ import annotations

import secrets as random_secrets
from pathlib import Path

import pytest

from config.load import SAMPLE, load
from config.secret_names import own_names
from config.secret_strength import WeakSecret, refuse_weak, weakness
from config.secrets import Secrets


@pytest.mark.parametrize(
    "value",
    [
        "1234", "6001", "60016001", "600160016001", "6001-secret-6001", "password1234",
        "Password2024", "123456789012345", "987654321098765", "aaaaaaaaaaaaaaaa",
        "abababababab", "wangfang6001", "Wang.Fang.6001!", "changeme-6001", "qwertyuiop123",
        "84629173540628", "asterisk-secret", "parley-phone-12",
    ],
)  # fmt: skip
def test_what_everybody_tries(value: str) -> None:
    assert weakness(value, about=("6001", "wang.fang")) is not None


@pytest.mark.parametrize(
    "value", ["k3Vd-92hQx.LmPz", "correct horse battery staple", "ÄqÖ7w-Lß9x!ü"]
)
def test_what_nobody_tries(value: str) -> None:
    assert weakness(value, about=("6001", "wang.fang")) is None


def test_random_ones_are_never_weak() -> None:
    for _ in range(5000):
        assert weakness(random_secrets.token_urlsafe(18), about=("6001", "wang.fang")) is None


def test_each_weak_one_is_named_and_none_is_shown(tmp_path: Path) -> None:
    settings = load(SAMPLE, environ={}).settings
    environ = {
        "PARLEY_SECRET_PHONE_6001": "1234", "PARLEY_SECRET_AMI": "Kq8-rT2_wZ5",
        "PARLEY_SECRET_TRUNK_DEMO_CARRIER": "demo-carrier-trunk",
    }  # fmt: skip
    with pytest.raises(WeakSecret) as caught:
        refuse_weak(settings, Secrets(tmp_path, environ=environ))
    said = str(caught.value)
    assert caught.value.data["secrets"] == ["ami", "phone-6001", "trunk-demo-carrier"]
    assert "PARLEY_SECRET_PHONE_6001" in said
    assert not any(value in said for value in environ.values())


def test_the_sample_company_runs_with_what_parley_makes(tmp_path: Path) -> None:
    settings = load(SAMPLE, environ={}).settings
    secrets = Secrets(tmp_path, environ={})
    refuse_weak(settings, secrets)
    secrets.ensure(own_names(settings))
    refuse_weak(settings, secrets)
