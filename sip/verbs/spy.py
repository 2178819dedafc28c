"""Supervise: listen to a call, whisper to the agent, barge in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sip.ami import AmiClient
from sip.asterisk.generate import dialplan
from sip.verbs.ring import ring
from sip.verbs.transfer import send_to


class SpyMode(StrEnum):
    """Extensions of the context ``parley-spy``."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


async def spy(
    ami: AmiClient,
    device: str,
    leg_id: str,
    target: str,
    mode: SpyMode,
    *,
    seconds: float = 30.0,
    caller_id: str = "",
    variables: Mapping[str, str] | None = None,
) -> None:
    """Ring the supervisor's ``device``; answered, it hears the agent's channel
    ``target`` in ``mode``. Ends with the target."""
    await ring(
        ami,
        device,
        leg_id,
        seconds=seconds,
        caller_id=caller_id,
        context=dialplan.SPY,
        extension=mode.value,
        variables={**(variables or {}), "PARLEY_SPY_TARGET": target},
    )


async def switch_spy(ami: AmiClient, channel: str, mode: SpyMode) -> None:
    """Change the mode of a spying leg in mid-call."""
    await send_to(ami, channel, dialplan.SPY, mode.value)
