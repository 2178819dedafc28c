"""Hang up a leg."""

from __future__ import annotations

from contextlib import suppress

from sip.ami import AmiClient
from sip.causes import Cause
from sip.verbs.refusal import NoSuchChannel, refusals


async def hang_up(ami: AmiClient, channel: str, cause: int = Cause.NORMAL) -> None:
    """End ``channel`` with the Q.850 ``cause``. One that has ended already is fine: that it
    ended has been or will be reported."""
    with suppress(NoSuchChannel), refusals(channel):
        await ami.action("Hangup", {"Channel": channel, "Cause": int(cause)})
