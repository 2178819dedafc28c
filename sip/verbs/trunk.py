"""Count the calls of a trunk, as the dialplan does (GROUP_COUNT)."""

from __future__ import annotations

from sip.ami import AmiClient

CATEGORY = "trunk"


def on_trunk(trunk: str) -> dict[str, str]:
    """The variable that counts an originated leg to ``trunk``."""
    return {f"GROUP({CATEGORY})": trunk}


async def calls_on(ami: AmiClient, trunk: str) -> int:
    """How many calls, in and out, ``trunk`` carries now."""
    answer = await ami.action("Getvar", {"Variable": f"GROUP_COUNT({trunk}@{CATEGORY})"})
    value = answer.get("Value")
    return int(value) if value.isdigit() else 0
