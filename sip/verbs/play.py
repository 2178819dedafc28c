"""Play a sound to one leg of a conversation."""

from __future__ import annotations

from pathlib import Path

from sip.ami import AmiClient, Originate
from sip.asterisk.generate import dialplan


async def play(ami: AmiClient, channel: str, sound: Path, leg_id: str) -> None:
    """Play ``sound`` (a path without extension) into what ``channel`` hears; its
    partner does not hear it. A Local channel of ours whispers it, so the
    conversation goes on; ``leg_id`` ends when the sound does."""
    await ami.originate(
        Originate(
            channel=f"Local/s@{dialplan.PLAY}/n",
            channel_id=leg_id,
            application="Playback",
            data=str(sound),
            variables={"__PARLEY_SPY_TARGET": channel},
        )
    )
