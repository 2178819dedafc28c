"""Send a leg elsewhere in the dialplan."""

from __future__ import annotations

from sip.ami import AmiClient
from sip.verbs.refusal import refusals


async def send_to(ami: AmiClient, channel: str, context: str, extension: str = "s") -> None:
    """``channel`` leaves whatever it is in and goes on at ``extension`` in
    ``context``; a bridge partner goes on at its own next priority."""
    with refusals(channel):
        await ami.action(
            "Redirect",
            {"Channel": channel, "Context": context, "Exten": extension, "Priority": 1},
        )
