"""Calls out: who may call what, how often, and what always goes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from config.base import Digits, Int, Name, Number, Section, matching, refused

PREMIUM, INTERNATIONAL = "premium", "international"

Prefix = Annotated[
    str,
    matching(
        rf"\+?[0-9]{{1,15}}|{PREMIUM}|{INTERNATIONAL}",
        "leading digits, with '+' and country code or as they are dialled, or one of the words "
        f"'{PREMIUM}' (numbers that cost extra) and '{INTERNATIONAL}' (another country's)",
    ),
]


class Emergency(Section):
    """Numbers that always go out: no right, limit or full trunk keeps them back. They are
    recognised as they are and behind ``prefix``, which is what people dial to get a line.
    ``trunks`` are tried in this order, whatever the routes say (none: all that take calls
    out, in written order)."""

    numbers: tuple[Number, ...] = ()
    prefix: Digits = ""
    trunks: tuple[Name, ...] = ()
    caller_id: Number | None = None

    @model_validator(mode="after")
    def _once(self) -> Emergency:
        if len(set(self.numbers)) != len(self.numbers):
            raise refused("each number once in 'numbers'")
        return self

    def dialled(self) -> list[str]:
        """Everything that, dialled by an agent, is an emergency call."""
        forms = (form for number in self.numbers for form in (number, self.prefix + number))
        return list(dict.fromkeys(forms))

    def number_of(self, dialled: str) -> str | None:
        """The emergency number that ``dialled`` means, if it means one."""
        for number in self.numbers:
            if dialled in (number, self.prefix + number):
                return number
        return None


class Outbound(Section):
    """What holds for every call out, whoever makes it and however.

    Nobody calls what begins with one of ``forbidden``. ``guarded`` names rights: only
    agents whose ``may_dial`` has the right may call what begins with one of its prefixes.
    """

    emergency: Emergency = Emergency()
    forbidden: tuple[Prefix, ...] = (PREMIUM,)
    guarded: dict[Name, tuple[Prefix, ...]] = Field(default_factory=dict)
    agent_calls_per_hour: Int = Field(default=0, ge=0, le=100_000)  # each agent; 0: any
    # A trunk that does not answer an INVITE at all for so long is given up, and the next
    # one of the route is tried.
    response_seconds: Int = Field(default=16, ge=4, le=32)
