"""PINs that everybody tries first. Only a few tries are allowed, which protects all others."""

from __future__ import annotations

from config.model import Settings
from config.secrets import SecretMissing, Secrets, pin_secret

LEAST_DIGITS = 4
_RUNS = ("01234567890123456789", "98765432109876543210")
_COMMON = frozenset({"2580", "0852", "1379", "5201314", "147258", "159357", "147258369"})


def pin_weakness(pin: str, extension: str) -> str | None:
    """Why ``pin`` can be guessed, or not dialled; None if all is well."""
    if not (pin.isascii() and pin.isdigit()):
        return "it has something else than digits"
    if len(pin) < LEAST_DIGITS:
        return f"it has {len(pin)} digits; {LEAST_DIGITS} are needed"
    if pin in (extension, extension[::-1]) or (extension and not pin.replace(extension, "")):
        return "it is the extension"
    if any(pin == pin[:n] * (len(pin) // n) for n in range(1, len(pin) // 2 + 1)):
        return "it repeats the same digits"
    if any(pin in run for run in _RUNS) or pin in _COMMON:
        return "everybody tries it"
    return None


def weak_pins(settings: Settings, secrets: Secrets) -> dict[str, str]:
    """The names of PINs with which nobody can log in, and why."""
    found: dict[str, str] = {}
    for agent in settings.agents.values():
        name = pin_secret(agent.extension)
        try:
            why = pin_weakness(secrets.get(name).reveal(), agent.extension)
        except SecretMissing:
            continue
        if why is not None:
            found[name] = why
    return found
