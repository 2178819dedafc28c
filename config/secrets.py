"""Secrets: referred to by name in files, kept elsewhere.

A secret comes from the environment variable ``PARLEY_SECRET_<NAME>`` (upper case,
other characters as ``_``), or from the file ``<name>`` in the folder
``PARLEY_SECRETS_DIR`` (as container platforms mount them), or, where Parley may
choose it, is made at random once for this installation and kept in
``secrets.json`` in the state folder, readable for its user only.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import json
import os
import re
import secrets as random_secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from core.errors import BadInput, Conflict, NotFound, ParleyError

STORE = "secrets.json"
AMI = "ami"
AMI_MARK = "ami-mark"  # by which events are known for Asterisk's own
FASTAGI = "fastagi"
API = "api"
REDIS = "redis"
RECORDING_KEYS = "recording-keys"
LOGIN_PREFIX = "login-"


class SecretMissing(NotFound):
    """A secret that Parley cannot choose itself was not given."""

    code: ClassVar[str] = "secret_missing"


class SecretUnusable(BadInput):
    """A secret contains what no protocol can carry."""

    code: ClassVar[str] = "secret_unusable"


class SecretKeptElsewhere(Conflict):
    """A secret comes from where Parley cannot write."""

    code: ClassVar[str] = "secret_kept_elsewhere"


class SecretStoreUnsafe(ParleyError):
    """The store can be read by others, or is damaged."""

    code: ClassVar[str] = "secret_store_unsafe"


class Secret:
    """A text that does not print; :meth:`reveal` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._value.encode(), other._value.encode()
        )

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def phone_secret(extension: str) -> str:
    """Name of the SIP secret of an agent's phone."""
    return f"phone-{extension}"


def pin_secret(extension: str) -> str:
    """The name of the PIN with which the agent of ``extension`` logs in at a shared phone.
    Nobody makes it: without one they cannot."""
    return f"pin-{extension}"


def login_secret(login: str) -> str:
    """Name of a person's password for the workspace, kept as a hash: ``config.logins``."""
    return f"{LOGIN_PREFIX}{login}"


class Secrets:
    """All secrets of one installation. Reads and writes small files: call it at
    start, or from a thread."""

    def __init__(self, state_dir: Path, *, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        folder = self._environ.get("PARLEY_SECRETS_DIR")
        self._folder = Path(folder) if folder else None
        self._store = state_dir / STORE
        self._version: tuple[int, ...] = ()
        self._cache: dict[str, str] = {}

    def get(self, name: str) -> Secret:
        """The secret that somebody else chose; raises :class:`SecretMissing`."""
        value = self._given(name) or self._stored().get(name)
        if value is None:
            raise SecretMissing(
                f"The secret {name!r} is not there.",
                hint=f"Set the environment variable {variable(name)}, or put it into a file "
                f"{name!r} in the folder that PARLEY_SECRETS_DIR names.",
                name=name,
            )
        return _usable(name, value)

    def get_or_create(self, name: str) -> Secret:
        """The secret, made at random (144 bits, URL-safe) when nobody gave one."""
        value = self._given(name) or self._stored().get(name)
        if value is None:
            with self._locked():
                stored = self._stored()
                value = stored.get(name)
                if value is None:
                    value = stored[name] = random_secrets.token_urlsafe(18)
                    self._write(stored)
        return _usable(name, value)

    def ensure(self, names: Iterable[str]) -> None:
        """As :meth:`get_or_create` for many at once: one write, not one each."""
        stored = self._stored()
        missing = {n for n in names if n not in stored and self._given(n) is None}
        if missing:
            with self._locked():
                stored = self._stored()
                new = {name: random_secrets.token_urlsafe(18) for name in missing}
                self._write(new | stored)

    def put(self, name: str, value: str, *, instead_of: str | None = None) -> None:
        """Keep ``value`` in the store of this installation. Raises
        :class:`SecretKeptElsewhere` if it is given by the environment or a folder, and if
        what is kept is not ``instead_of`` any more (None: nothing)."""
        if self._given(name) is not None:
            raise SecretKeptElsewhere(
                f"The secret {name!r} is not kept by Parley ({self.source(name)}).",
                hint="Change it there, then start Parley again.",
                name=name,
            )
        with self._locked():
            stored = self._stored()
            if stored.get(name) != instead_of:
                raise SecretKeptElsewhere(
                    f"The secret {name!r} was changed meanwhile.", hint="Try again.", name=name
                )
            self._write({**stored, name: _usable(name, value).reveal()})

    def is_given(self, name: str) -> bool:
        """Whether it comes from the environment or a folder, where Parley cannot write."""
        return self._given(name) is not None

    def source(self, name: str) -> str:
        """Where ``name`` comes from, for people: never the secret itself."""
        if self._environ.get(variable(name)):
            return f"environment variable {variable(name)}"
        if self._in_folder(name) is not None:
            return f"file {name} in PARLEY_SECRETS_DIR"
        return "generated, in the state folder" if name in self._stored() else "not there yet"

    def _given(self, name: str) -> str | None:
        return self._environ.get(variable(name)) or self._in_folder(name)

    def _in_folder(self, name: str) -> str | None:
        if self._folder is None or not _NAME.fullmatch(name):
            return None
        try:
            return (self._folder / name).read_text(encoding="utf-8").rstrip("\r\n") or None
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SecretUnusable(
                f"The file of the secret {name!r} cannot be read: {type(error).__name__}.",
                hint="It must be a UTF-8 text file that Parley's user can read.",
            ) from None

    def _stored(self) -> dict[str, str]:
        try:
            found = self._store.stat()
            version = (found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode)
            if version == self._version:
                return dict(self._cache)
            text = self._store.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        if found.st_mode & 0o077:
            raise SecretStoreUnsafe(
                f"{self._store} can be read by other users.",
                hint=f"Run: chmod 600 {self._store}; and change the secrets that were exposed.",
            )
        try:
            stored = json.loads(text)
        except ValueError:
            stored = None
        if not isinstance(stored, dict) or not all(isinstance(v, str) for v in stored.values()):
            raise SecretStoreUnsafe(
                f"{self._store} is damaged.", hint="Restore it, or remove it: new ones are made."
            )
        self._version, self._cache = version, stored
        return dict(stored)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._store.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, stored: Mapping[str, str]) -> None:
        descriptor, name = tempfile.mkstemp(dir=self._store.parent, prefix=".secrets-")  # 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as out:
                json.dump(stored, out, indent=1, sort_keys=True)
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(self._store)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def variable(name: str) -> str:
    """The environment variable of the secret ``name``."""
    return f"PARLEY_SECRET_{re.sub(r'[^A-Z0-9]', '_', name.upper())}"


def _usable(name: str, value: str) -> Secret:
    if not value.isprintable() or len(value) > 512:
        raise SecretUnusable(
            f"The secret {name!r} has control characters or is longer than 512 characters.",
            hint="A secret is one line of printable text.",
        )
    return Secret(value)
