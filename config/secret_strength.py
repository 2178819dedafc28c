"""Refusing secrets that can be guessed. Those that Parley makes are never weak."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from config.model import Settings
from config.secret_names import carrier_names, own_names
from config.secrets import AMI, FASTAGI, SecretMissing, Secrets, phone_secret
from core.errors import BadInput

LEAST = 12
LEAST_FOR_PROGRAMS = 16
_LEAST_DIFFERENT = 6
_LEAST_UNKNOWN = 8  # characters left when the words that everybody tries are taken out

_COMMON = (
    "password", "passwort", "passw0rd", "secret", "changeme", "change", "default", "letmein",
    "welcome", "admin", "administrator", "root", "user", "guest", "test", "demo", "asterisk",
    "parley", "phone", "trunk", "carrier", "voip", "sip", "pbx", "login", "agent", "qwertyuiop",
    "qwerty", "asdfgh", "zxcvbn", "abcdefghijkl", "abcdef", "abc", "mima", "woaini", "5201314",
)  # fmt: skip
_SEQUENCE = "01234567890123456789"


class WeakSecret(BadInput):
    """A secret that somebody chose can be guessed."""

    code: ClassVar[str] = "weak_secret"


def weakness(value: str, *, about: Iterable[str] = (), least: int = LEAST) -> str | None:
    """Why ``value`` can be guessed; None if it cannot. ``about`` are words that are known
    of it: the extension, the agent, the trunk's name."""
    if len(value) < least:
        return f"it has {len(value)} characters; {least} are needed"
    if len(set(value)) < _LEAST_DIFFERENT:
        return "it has only a few different characters"
    if value.isdigit():
        return "it is a number"
    if len(_unknown(value, about)) < _LEAST_UNKNOWN:
        return "it is made of words and numbers that everybody tries"
    return None


def weak_secrets(settings: Settings, secrets: Secrets) -> dict[str, str]:
    """Every secret that Parley's configuration uses and that is weak, and why. Those that
    are not there yet are made at random. Secrets of carriers are the carriers' choice."""
    found: dict[str, str] = {}
    about: dict[str, tuple[str, ...]] = {}
    for agent in settings.agents.values():
        about[phone_secret(agent.extension)] = (agent.extension, agent.id)
    for name in own_names(settings):
        least = LEAST_FOR_PROGRAMS if name in (AMI, FASTAGI) else LEAST
        try:
            value = secrets.get(name).reveal()
        except SecretMissing:
            continue
        if (why := weakness(value, about=about.get(name, (name,)), least=least)) is not None:
            found[name] = why
    return found


def weak_carrier_secrets(settings: Settings, secrets: Secrets) -> dict[str, str]:
    """The same of those that carriers gave: a doubt, no mistake of ours."""
    found: dict[str, str] = {}
    for name in carrier_names(settings):
        try:
            why = weakness(secrets.get(name).reveal(), about=(name,))
        except SecretMissing:
            continue
        if why is not None:
            found[name] = why
    return found


def refuse_weak(settings: Settings, secrets: Secrets) -> None:
    """Raises :class:`WeakSecret` that names each weak secret, never its value."""
    weak = weak_secrets(settings, secrets)
    if not weak:
        return
    listed = "".join(
        f"\n  {name} ({secrets.source(name)}): {why}" for name, why in sorted(weak.items())
    )
    raise WeakSecret(
        f"{len(weak)} secret{'s' if len(weak) > 1 else ''} can be guessed:{listed}",
        hint="Take it out and Parley makes one at random ('parley config secret NAME' prints "
        "it), or choose a long random one, e.g. by 'openssl rand -base64 18'.",
        secrets=sorted(weak),
    )


def _unknown(value: str, about: Iterable[str]) -> str:
    """What is left of ``value`` without words and sequences that everybody tries."""
    left = value.lower()
    parts = [part for word in about for part in re.split(r"[^a-z0-9]+", word.lower())]
    for word in sorted({*_COMMON, *parts}, key=len, reverse=True):
        if len(word) >= 3:
            left = left.replace(word, "")
    left = re.sub(r"(.)\1{2,}", "", left)  # aaa
    return re.sub(r"\d{3,}", lambda digits: _not_in_sequence(digits[0]), left)


def _not_in_sequence(digits: str) -> str:
    sequences = (_SEQUENCE, _SEQUENCE[::-1])
    years = re.fullmatch(r"(19|20)\d\d", digits)
    return "" if years or any(digits in sequence for sequence in sequences) else digits
