"""Where the stores of an installation are."""

from __future__ import annotations

from config.model import Settings
from config.secrets import REDIS, Secrets
from config.server import EMBEDDED
from core.valkey import url_of


def redis_url(settings: Settings, secrets: Secrets) -> str:
    """Address of the Redis-protocol server; contains a password: never log it."""
    if settings.server.redis_url != EMBEDDED:
        return settings.server.redis_url
    password = secrets.get_or_create(REDIS).reveal()
    server = settings.server
    return url_of(server.state_dir / "valkey", server.valkey_port or None, password)
