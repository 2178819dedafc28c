"""The guard of SIP passwords with what it needs around it."""

from __future__ import annotations

from pathlib import Path

from redis.asyncio import Redis

from config.model import Settings
from core.clock import Clock
from core.redis import Keys
from sip.ami import AmiClient
from sip.guard.acl import AccessList
from sip.guard.guard import Guard, Tell
from sip.guard.store import GuardStore


def compose_guard(
    settings: Settings, ami: AmiClient, etc: Path, *, redis: Redis, keys: Keys, clock: Clock,
    tell: Tell,
) -> Guard:  # fmt: skip
    """Not started."""
    store = GuardStore(redis, keys, settings.server.node)
    return Guard(settings, ami, AccessList(ami, etc), store, clock, tell)
