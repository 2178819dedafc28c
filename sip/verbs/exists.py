"""Ask whether a leg is still there."""

from __future__ import annotations

from sip.ami import AmiClient
from sip.verbs.refusal import NoSuchChannel, refusals


async def exists(ami: AmiClient, channel: str) -> bool:
    """Whether Asterisk knows ``channel`` (name or id)."""
    try:
        with refusals(channel):
            await ami.query("Status", {"Channel": channel})
    except NoSuchChannel:
        return False
    return True
