"""Passwords of people in tests: only hashes are kept, so the tests must know them."""

from __future__ import annotations

from config.logins import Logins
from config.secrets import Secrets


def passwords_of(secrets: Secrets, login: str) -> str:
    """The password of ``login`` in this installation, set unless they have one."""
    password = f"{login.encode().hex()} of the tests"  # the log-in itself must not be part of it
    logins = Logins(secrets)
    if logins.hash_of(login) is None:
        logins.set(login, password)
    return password
