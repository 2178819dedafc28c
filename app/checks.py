"""Health checks of telephony and of what may be stuck, for ``app.http.health``."""

from __future__ import annotations

from typing import ClassVar

from acd.store import Store
from acd.sweeper import sweep
from app.http.health import Check
from core.clock import Clock
from core.errors import ParleyError, Unavailable
from sip.ami import AmiClient
from sip.voice.resync import Resync


class AsteriskUnavailable(Unavailable):
    """Asterisk does not answer, or its calls are not known yet."""

    code: ClassVar[str] = "asterisk_unavailable"


class SomethingStuck(ParleyError):
    """The sweeper found contacts, agents or offers that cannot go on by themselves."""

    code: ClassVar[str] = "something_stuck"


def asterisk_check(ami: AmiClient, resync: Resync) -> Check:
    """Asterisk answers, and its channels were compared with our contacts."""

    async def check() -> None:
        await ami.action("Ping", timeout=2.0)
        if not resync.done.is_set():
            raise AsteriskUnavailable(
                "Asterisk's calls are still being compared with ours.",
                hint="This takes a moment after each connection; the log says why under voice.*.",
            )

    return check


def sweeper_check(store: Store, clock: Clock) -> Check:
    """Nothing is stuck: no finding that the look before had as well."""
    before: set[tuple[str, str]] = set()

    async def check() -> None:
        nonlocal before
        found = await sweep(store, clock.now())
        findings = [finding for finding in found if (finding.code, finding.id) in before]
        before = {(finding.code, finding.id) for finding in found}
        if findings:
            first = findings[0].text
            raise SomethingStuck(
                f"{len(findings)} things are stuck, the first: {first}.",
                hint="Restarting the app reconciles them; please report how it came about.",
                count=len(findings),
            )

    return check
