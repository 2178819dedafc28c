"""What phones show: lamps of extensions, and messages that wait."""

from __future__ import annotations

from enum import StrEnum

from sip.ami import AmiClient, Originate
from sip.asterisk.generate import dialplan


class LampState(StrEnum):
    """States of a device as Asterisk names them."""

    IDLE = "NOT_INUSE"
    RINGING = "RINGING"
    IN_USE = "INUSE"
    BUSY = "BUSY"
    ON_HOLD = "ONHOLD"
    UNAVAILABLE = "UNAVAILABLE"


async def set_lamp(ami: AmiClient, device: str, state: LampState) -> None:
    """Say that ``device`` (``Custom:NAME``) is in ``state``; who subscribed is told."""
    await ami.action("Setvar", {"Variable": f"DEVICE_STATE({device})", "Value": state.value})


async def set_messages(ami: AmiClient, mailbox: str, leg_id: str, *, new: int, old: int) -> None:
    """Say how many messages wait in ``mailbox``, not heard yet and heard. A channel to
    nowhere, ``leg_id``, says it: the manager interface has no action for it everywhere."""
    await ami.originate(
        Originate(
            channel=f"Local/s@{dialplan.MESSAGES}",
            channel_id=leg_id,
            application="MinivmMWI",
            data=f"{mailbox},0,{new:d},{old:d}",
        )
    )
