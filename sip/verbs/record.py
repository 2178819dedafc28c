"""Record a leg with MixMonitor."""

from __future__ import annotations

from pathlib import Path

from sip.ami import AmiClient, AmiRefused
from sip.verbs.refusal import refusals

_NO_HOOKS = "cannot set mute flag"


async def record(ami: AmiClient, channel: str, file: Path) -> None:
    """Write both directions of ``channel`` to ``file`` (``.raw``: signed linear,
    8 kHz, two interleaved channels: left what it says, right what it hears). Ends
    with the channel or :func:`stop_recording`.

    Option D of MixMonitor asks for exactly this format; ``n`` keeps the beep out.
    """
    with refusals(channel):
        await ami.action("MixMonitor", {"Channel": channel, "File": str(file), "options": "D"})


async def stop_recording(ami: AmiClient, channel: str) -> None:
    """Close the recording of ``channel``."""
    with refusals(channel):
        await ami.action("StopMixMonitor", {"Channel": channel})


async def pause_recording(ami: AmiClient, channel: str, paused: bool) -> None:
    """Write silence instead of speech while ``paused``; the time line stays whole."""
    with refusals(channel):
        await ami.action(
            "MixMonitorMute", {"Channel": channel, "Direction": "both", "State": int(paused)}
        )


async def is_hooked(ami: AmiClient, channel: str) -> bool:
    """Whether anything hangs on the audio of ``channel``: a recording, also one that was
    stopped but that Asterisk has not taken off yet (it does so with the next frame), or
    a listener."""
    try:
        # Lifts a pause of which there is none; refused where there is nothing to lift.
        await pause_recording(ami, channel, False)
    except AmiRefused as error:
        if _NO_HOOKS in error.reason.lower():
            return False
        raise
    return True
