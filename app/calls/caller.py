"""Who calls: the number, normalised, and the name, unless they are withheld.

The dialplan has cleaned what the network said and has emptied it where the caller withholds
it (``parley-identity``). A withheld number is stored nowhere: not in the contact, its record,
an event, a log line, and no phone shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Any

from config.model import Settings
from sip.agi import AgiSession, verbs
from sip.asterisk.generate import dialplan

NAME, WITHHELD = "caller_name", "caller_withheld"  # attributes of a contact
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """``number`` is E.164 where that can be told, '' if it is not known or withheld.
    Both are personal."""

    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    withheld: bool = False

    @property
    def attributes(self) -> dict[str, Any]:
        """What is kept of it beside the number."""
        if self.withheld:
            return {WITHHELD: True}
        return {NAME: self.name} if self.name else {}


async def read_caller(session: AgiSession, settings: Settings, trunk: str) -> Caller:
    """The caller of ``session``, who came in through ``trunk``."""
    if await verbs.get_variable(session, dialplan.WITHHELD) == "1":
        return Caller(withheld=True)
    raw = session.env.get("callerid", "")
    number = settings.numbering_of(trunk).e164(raw)
    # A name that is the number once more says nothing.
    name = display_name(session.env.get("calleridname", ""))
    return Caller(number, "" if name in (raw, number, "unknown") else name)


def display_name(raw: str) -> str:
    """A display name as people read it: encoded words (RFC 2047) decoded, on one line."""
    text = raw.strip().strip('"')
    if "=?" in text:
        try:
            text = "".join(
                part if isinstance(part, str) else part.decode(charset or "utf-8", "replace")
                for part, charset in decode_header(text)
            )
        except (HeaderParseError, LookupError, ValueError):
            return ""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.replace("\ufffd", " ").split())[:_LONGEST_NAME]
