"""Set channel variables."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sip.ami import AmiClient
from sip.verbs.refusal import refusals


async def set_variables(ami: AmiClient, channel: str, values: Mapping[str, str]) -> None:
    """Set ``values`` on ``channel``, all sent at once."""
    with refusals(channel):
        await asyncio.gather(
            *(
                ami.action("Setvar", {"Channel": channel, "Variable": name, "Value": value})
                for name, value in values.items()
            )
        )
