"""Mute one leg of a conversation."""

from __future__ import annotations

from sip.ami import AmiClient
from sip.verbs.refusal import refusals


async def mute(ami: AmiClient, channel: str, muted: bool) -> None:
    """What ``channel`` says is heard by nobody while ``muted``; it hears everybody."""
    with refusals(channel):
        await ami.action(
            "MuteAudio",
            {"Channel": channel, "Direction": "in", "State": "on" if muted else "off"},
        )
