"""The platform's own processes: addresses, stores, limits."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from config.base import (
    BindAddress,
    FilePath,
    Host,
    Int,
    Network,
    Port,
    Seconds,
    Section,
    refused,
)
from config.place import Scalar

EMBEDDED = "embedded"


def _no_password_in_files(value: object) -> object:
    if isinstance(value, Scalar) and value.place.line:
        try:
            password = urlsplit(value).password
        except ValueError:
            password = None
        if password is not None:
            raise refused(
                "an address without password; give one that has a password in the environment "
                "(REDIS_URL, DATABASE_URL)"
            )
    return value


def _redis(value: str) -> str:
    if value != EMBEDDED and not value.startswith(("redis://", "rediss://", "unix://")):
        raise refused("'embedded' or redis://, rediss:// or unix:// address")
    return value


def _database(value: str) -> str:
    if value != EMBEDDED and not value.startswith(("sqlite:", "postgresql:", "postgres:")):
        raise refused("'embedded' (SQLite in the state folder), sqlite:///path or postgresql://...")
    return value


RedisUrl = Annotated[str, BeforeValidator(_no_password_in_files), AfterValidator(_redis)]
DatabaseUrl = Annotated[str, BeforeValidator(_no_password_in_files), AfterValidator(_database)]


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Listen(Section):
    """An address to listen on."""

    host: BindAddress = "127.0.0.1"
    port: Port


class MetricsAccess(StrEnum):
    """Who may read the metrics."""

    LOCAL = "local"  # programs of this machine, and supervisors' tokens
    TOKEN = "token"  # noqa: S105  supervisors' tokens only


class Web(Listen):
    """The HTTP API and the live page."""

    port: Port = 8080
    metrics: MetricsAccess = MetricsAccess.LOCAL
    # Where other nodes reach this one: they pass requests on here. None: they do not.
    # Proxies whose X-Forwarded-For is believed. Empty: nobody's.
    trusted_proxies: tuple[Network, ...] = ()
    connections: Int = Field(default=2000, ge=20, le=100_000)  # open at once
    # Of one address, while nobody has signed in on them; behind a trusted proxy no limit.
    connections_per_address: Int = Field(default=200, ge=4, le=100_000)
    header_seconds: Seconds = Field(default=10, gt=0)  # for a request's head to arrive
    idle_seconds: Seconds = Field(default=60, gt=0)  # between two requests
    streams: Int = Field(default=600, ge=4, le=100_000)  # live pages, listeners, downloads
    streams_per_person: Int = Field(default=12, ge=1, le=10_000)
    # Of one person, or of one address where nobody is known; ten seconds' worth at once.
    requests_per_second: float = Field(default=200, gt=0, le=100_000)
    changes_per_second: float = Field(default=50, gt=0, le=10_000)  # of one person
    node_address: str | None = Field(default=None, pattern=r"^https?://[A-Za-z0-9.:\[\]-]{1,253}$")


class FastAgi(Listen):
    """Where Asterisk's dialplan asks the app what to do (FastAGI)."""

    port: Port = 4573


class AsteriskControl(Section):
    """How the app reaches Asterisk."""

    ami_host: Host = "127.0.0.1"
    ami_port: Port = 5038
    custom_dir: FilePath | None = None  # your own *-custom.conf


class Limits(Section):
    """Bounds; beyond them contacts are refused and it is said why."""

    contacts: Int = Field(default=1000, ge=1, le=100_000)  # in progress at the same time
    ivr_sessions: Int = Field(default=500, ge=1, le=100_000)  # FastAGI sessions at once
    contact_seconds: Seconds = Field(default=14_400)  # longest life of one contact
    attributes: Int = Field(default=200, ge=10, le=10_000)  # of one contact
    attribute_bytes: Int = Field(default=65_536, ge=1024, le=1_048_576)  # of all of them
    changes: Int = Field(default=5_000, ge=100, le=1_000_000)  # of one contact, by people


class Server(Section):
    """Processes and stores of this installation. Several apps that share a store each
    have a ``node`` of their own, which carries the calls of its Asterisk."""

    node: str = Field(default="main", pattern=r"^[a-z0-9-]{1,40}$")
    state_dir: FilePath = Field(default_factory=lambda: default_state_dir())
    log_level: LogLevel = LogLevel.INFO
    web: Web = Web()
    fastagi: FastAgi = FastAgi()
    asterisk: AsteriskControl = AsteriskControl()
    redis_url: RedisUrl = EMBEDDED
    # Of the embedded server, on loopback; 0: no port, a socket that only our user can open.
    valkey_port: Int = Field(default=0, ge=0, le=65535)
    redis_prefix: str = Field(default="parley", pattern=r"^[a-z0-9_-]{1,40}$")
    database_url: DatabaseUrl = EMBEDDED
    limits: Limits = Limits()

    @property
    def database(self) -> str:
        """The database's address; SQLite in the state folder when embedded."""
        if self.database_url != EMBEDDED:
            return self.database_url
        return f"sqlite:///{(self.state_dir / 'parley.db').absolute()}"


def default_state_dir() -> Path:
    """``$XDG_STATE_HOME/parley``, by the XDG Base Directory Specification."""
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if base else Path.home() / ".local" / "state") / "parley"
