"""The passwords with which people sign in: the secret ``login-<id>`` of each.

``secrets.json`` keeps only a hash. A password from the environment or from
``PARLEY_SECRETS_DIR`` may be the password itself or its hash
(``parley config password ID --print-hash``). There is no first password: until somebody
sets one (``parley config password ID``) the person cannot sign in.
"""

from __future__ import annotations

import hashlib

from config.password_hash import hashed, is_hash, require_strong
from config.secrets import SecretMissing, Secrets, login_secret


class Logins:
    """Reads and sets them. Hashing takes time and the store is a file: call it at start,
    or from a thread."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._given: dict[str, str] = {}

    def hash_of(self, login: str) -> str | None:
        """The hash of the password of ``login``; None if they have none.

        A password that an older version stored as text is replaced by its hash here.
        Raises what reading secrets raises.
        """
        if login in self._given:
            return self._given[login]
        name = login_secret(login)
        try:
            stored = self._secrets.get(name).reveal()
        except SecretMissing:
            return None
        given = self._secrets.is_given(name)
        found = stored if is_hash(stored) else hashed(stored)
        if given:
            self._given[login] = found
        elif found != stored:
            self._secrets.put(name, found, instead_of=stored)
        return found

    def stamp_of(self, login: str) -> str | None:
        """What changes when the password of ``login`` does; None if they have none. Quick,
        and nothing can be guessed from it."""
        name = login_secret(login)
        try:
            stored = self._secrets.get(name).reveal()
        except SecretMissing:
            return None
        # Of a password that is not ours to hash nothing may leave this process.
        return hashlib.sha256(stored.encode()).hexdigest()[:16] if is_hash(stored) else ""

    def is_text(self, login: str) -> bool:
        """Whether an older version kept the password of ``login`` as text: :meth:`hash_of`
        replaces it."""
        name = login_secret(login)
        try:
            stored = self._secrets.get(name).reveal()
        except SecretMissing:
            return False
        return not is_hash(stored) and not self._secrets.is_given(name)

    def set(self, login: str, password: str) -> None:
        """From now on ``password`` is right. Raises
        :class:`~config.password_hash.WeakPassword` and
        :class:`~config.secrets.SecretKeptElsewhere`."""
        require_strong(login, password)
        self.put_hash(login, hashed(password))

    def put_hash(self, login: str, hash_: str) -> None:
        """Keep ``hash_`` as it is. Raises
        :class:`~config.secrets.SecretKeptElsewhere`."""
        name = login_secret(login)
        try:
            before = self._secrets.get(name).reveal()
        except SecretMissing:
            before = None
        self._secrets.put(name, hash_, instead_of=before)

    def without(self, logins: list[str]) -> list[str]:
        """Those of ``logins`` who have no password."""
        return [login for login in logins if self.stamp_of(login) is None]
