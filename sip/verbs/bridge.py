"""Join two legs."""

from __future__ import annotations

from sip.ami import AmiClient
from sip.verbs.refusal import refusals


async def bridge(ami: AmiClient, first: str, second: str) -> None:
    """Join two channels with two-way audio, taking each out of whatever it is in.

    Afterwards each goes on at the next priority of its dialplan.
    """
    with refusals(first):
        await ami.action("Bridge", {"Channel1": first, "Channel2": second, "Tone": "no"})
