"""Hang up a leg."""

from __future__ import annotations

from sip.ami import AmiClient
from sip.causes import Cause
from sip.verbs.refusal import refusals


async def hang_up(ami: AmiClient, channel: str, cause: int = Cause.NORMAL) -> None:
    """End ``channel`` with the Q.850 ``cause``; raises NoSuchChannel if it is gone."""
    with refusals(channel):
        await ami.action("Hangup", {"Channel": channel, "Cause": int(cause)})
