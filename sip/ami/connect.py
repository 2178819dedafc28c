"""From nothing to a connection that is logged in to a fully booted Asterisk."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Protocol

from core.log import get_logger
from sip.ami.encoding import encode_fields
from sip.ami.errors import AmiDown, AmiRefused, AmiTimeout
from sip.ami.frames import Genuine
from sip.ami.messages import AmiEvent
from sip.ami.settings import AmiSettings
from sip.ami.wire import Wire

log = get_logger(__name__)


class Ask(Protocol):
    """Send one action over a wire and await its answer."""

    async def __call__(self, wire: Wire, name: str, headers: dict[str, str | list[str]]) -> Any: ...


class Backoff:
    """Pauses that double from ``least`` to ``most`` seconds, each shortened at random
    by up to a fifth, so that several clients do not come in step."""

    def __init__(self, least: float, most: float) -> None:
        self._least = least
        self._most = most
        self._pause = least

    def next(self) -> float:
        """The next pause in seconds."""
        pause = self._pause
        self._pause = min(pause * 2, self._most)
        return pause * random.uniform(0.8, 1)  # noqa: S311

    def reset(self) -> None:
        """Start again with ``least``."""
        self._pause = self._least


async def connect(
    settings: AmiSettings,
    *,
    ask: Ask,
    wants: Callable[[str], bool],
    deliver: Callable[[AmiEvent], None],
    suspect: Callable[[list[str]], None],
    on_lost: Callable[[Wire, str], None],
) -> Wire:
    """Connect, log in, wait until Asterisk is fully booted, and ask for the name by which
    its events are known.

    Raises :class:`AmiDown`, :class:`AmiTimeout` or :class:`AmiRefused`; nothing is
    left open then.
    """
    where = f"{settings.host}:{settings.port}"
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.action_timeout):
            _, wire = await loop.create_connection(
                lambda: Wire(wants=wants, deliver=deliver, suspect=suspect, on_lost=on_lost),
                settings.host,
                settings.port,
            )
    except TimeoutError:
        raise AmiTimeout(f"{where} does not take the connection.") from None
    except OSError as error:
        raise AmiDown(
            f"{where} cannot be reached: {error.strerror or error}.", hint="Is Asterisk running?"
        ) from error
    try:
        await _log_in(wire, settings, ask, where)
    except BaseException:
        wire.lose("not logged in")
        raise
    return wire


async def _log_in(wire: Wire, settings: AmiSettings, ask: Ask, where: str) -> None:
    login = {"Username": settings.username, "Secret": settings.secret, "Events": "on"}
    try:
        await ask(wire, "Login", encode_fields("Login", login))
    except AmiRefused as error:
        raise AmiRefused(
            "Login",
            f"{error.reason} (user {settings.username!r} at {where})",
            hint="Compare the user and its secret with manager.conf.",
        ) from None
    try:
        async with asyncio.timeout(settings.boot_timeout):
            await wire.booted
    except TimeoutError:
        raise AmiTimeout(
            f"Asterisk at {where} was not fully booted within {settings.boot_timeout:g} s.",
            hint="A manager user needs 'read = system' to be told.",
        ) from None
    await _learn_name(wire, ask)


async def _learn_name(wire: Wire, ask: Ask) -> None:
    try:
        response, _ = await ask(wire, "CoreSettings", encode_fields("CoreSettings", {}))
        system = response.get("SystemName")
    except AmiRefused as error:
        log.warning("ami.no_core_settings", reason=error.reason)
        system = ""
    if not system:
        log.warning(
            "ami.events_unproven",
            hint="Set a random 'systemname' in asterisk.conf: callers can forge events.",
        )
    wire.trust(Genuine(system))
