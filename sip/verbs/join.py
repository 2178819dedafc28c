"""Bring a further person into a conversation."""

from __future__ import annotations

from collections.abc import Mapping

from sip.ami import AmiClient, Originate


async def join(
    ami: AmiClient,
    device: str,
    leg_id: str,
    member: str,
    *,
    seconds: float = 30.0,
    caller_id: str = "",
    variables: Mapping[str, str] | None = None,
) -> None:
    """Ring ``device``; answered, it enters the bridge in which ``member`` is, as a
    full party (a conference)."""
    await ami.originate(
        Originate(
            channel=device,
            channel_id=leg_id,
            application="BridgeAdd",
            data=member,
            answer_within=seconds,
            caller_id=caller_id,
            variables=dict(variables or {}),
        )
    )
