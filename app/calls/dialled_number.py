"""Which of our numbers was called, in whatever form and place the carrier wrote it."""

from __future__ import annotations

import re

from config.model import Settings
from config.numbers import InboundNumber
from sip.agi import AgiSession, verbs

# Where a carrier that calls the address with which we registered says whom it means.
_PLACES = ("To", "P-Called-Party-ID")
_URI = re.compile(r"<?(?:sips?|tel):([^@>\s]{1,128})", re.IGNORECASE)


async def find_number(session: AgiSession, settings: Settings, trunk: str) -> InboundNumber | None:
    """The number of ours that the call of ``session`` through ``trunk`` is for."""
    dialled = await verbs.get_variable(session, "PARLEY_NUMBER") or ""
    if dialled and (found := settings.inbound_number(dialled, trunk)) is not None:
        return found
    carrier = settings.trunks[trunk].carrier if trunk in settings.trunks else None
    account = carrier.username if carrier is not None else None
    if dialled and dialled != account:
        return None
    for place in _PLACES:
        header = await verbs.get_full_variable(session, f"${{PJSIP_HEADER(read,{place})}}") or ""
        for match in _URI.finditer(_without_name(header)):
            found = settings.inbound_number(match[1], trunk)
            if found is not None:
                return found
    return settings.inbound_number(account, trunk) if account else None


def _without_name(header: str) -> str:
    """The header without its display name, in which anybody may write an address."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', "", header[:1000])
