"""Passwords of people are kept as Argon2id hashes (RFC 9106), never as text.

A hash is a PHC string (``$argon2id$v=19$m=...``) that names its own parameters, so
stronger ones can be chosen later: :func:`needs_rehash` finds what is to be hashed anew at
the next right password.
"""

from __future__ import annotations

import secrets
from typing import ClassVar, Final

import argon2
from argon2.exceptions import Argon2Error, InvalidHashError

from core.errors import BadInput

LEAST_CHARACTERS: Final = 10
MOST_CHARACTERS: Final = 512
_PREFIX: Final = "$argon2id$"
# OWASP's second choice: 19 MiB and about 25 ms. Two at a time fit any machine.
_HASHER: Final = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class WeakPassword(BadInput):
    """A password that is soon guessed."""

    code: ClassVar[str] = "weak_password"


def is_hash(stored: str) -> bool:
    """Whether ``stored`` is a hash and not the password itself."""
    return stored.startswith(_PREFIX)


def hashed(password: str) -> str:
    """The hash of ``password``, with a salt of its own. Takes 25 ms and 19 MiB."""
    return _HASHER.hash(_bytes(password))


def matches(stored: str, password: str) -> bool:
    """Whether ``stored`` is a hash of ``password``; False too for a hash that is none."""
    try:
        return _HASHER.verify(stored, _bytes(password))
    except (Argon2Error, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether ``stored`` was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(stored)


def new_password() -> str:
    """A random password of 108 bits that a person can type."""
    return secrets.token_urlsafe(13)[:18]


def require_strong(login: str, password: str) -> None:
    """Raise :class:`WeakPassword` unless ``password`` is fit for ``login``."""
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS or not password.isprintable():
        raise WeakPassword(
            f"A password has {LEAST_CHARACTERS} to {MOST_CHARACTERS} printable characters.",
            hint="Some words in a row are easy to keep in mind.",
        )
    if len(set(password)) < 4 or login.casefold() in password.casefold():
        raise WeakPassword(
            "This password is easily guessed.",
            hint="It has few different characters, or the log-in is part of it.",
        )


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
