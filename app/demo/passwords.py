"""The demo's log-ins: new passwords at each start, printed and otherwise kept as hashes."""

from __future__ import annotations

from config.logins import Logins
from config.model import Settings
from config.password_hash import hashed, new_password
from config.secrets import Secrets


def demo_passwords(settings: Settings, secrets: Secrets) -> dict[str, str]:
    """Give everybody a new random password; the passwords by log-in. Takes 25 ms each."""
    passwords = {login: new_password() for login in settings.agents}
    logins = Logins(secrets)
    for login, password in passwords.items():
        logins.put_hash(login, hashed(password))
    return passwords
