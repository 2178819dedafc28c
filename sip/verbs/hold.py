"""Hold: part two legs and keep both."""

from __future__ import annotations

from sip.ami import AmiClient
from sip.asterisk.generate import dialplan
from sip.verbs.refusal import refusals


async def hold(ami: AmiClient, customer: str, agent: str) -> None:
    """The customer hears music, the agent silence; both stay until bridged again."""
    with refusals(customer):
        await ami.action(
            "Redirect",
            {
                "Channel": customer, "Context": dialplan.HOLD, "Exten": "s", "Priority": 1,
                "ExtraChannel": agent, "ExtraContext": dialplan.PARK, "ExtraExten": "s",
                "ExtraPriority": 1,
            },
        )  # fmt: skip


async def park(ami: AmiClient, channel: str) -> None:
    """Keep one leg in silence."""
    with refusals(channel):
        await ami.action(
            "Redirect", {"Channel": channel, "Context": dialplan.PARK, "Exten": "s", "Priority": 1}
        )
