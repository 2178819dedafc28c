"""Tap one leg: a live copy of what one side says, to a TCP socket."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sip.ami import AmiClient, Originate


async def tap(
    ami: AmiClient,
    channel: str,
    leg_id: str,
    *,
    host: str,
    port: int,
    stream: UUID,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Send what the speaker on ``channel`` says to an AudioSocket server.

    16 kHz signed linear, 20 ms frames, preceded by ``stream``'s 16 bytes
    (AudioSocket protocol). Options of ChanSpy: q no beep, o only this speaker, E end
    with the channel, S stop when nothing is left to spy on. The server must be
    listening first: a refused connection ends the tap, never the call.
    """
    await ami.originate(
        Originate(
            channel=f"AudioSocket/{host}:{port}/{stream}/c(slin16)",
            channel_id=leg_id,
            codecs="slin16",
            application="ChanSpy",
            data=f"{channel},qoES",
            variables=dict(variables or {}),
        )
    )
