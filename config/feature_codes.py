"""What agents dial at their phones for something other than a call: feature codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import model_validator

from config.base import Section, matching, refused

Code = Annotated[
    str,
    matching(
        r"(?=.{2,6}\Z)[*#]{0,2}[0-9]{0,5}",
        "2 to 6 keys: '*' or '#' in front (or none), then digits, e.g. '*78'",
    ),
]

# Codes after which an extension or number is dialled, without a pause.
TAKES_NUMBER = frozenset(
    {"agent_state", "forward_all", "forward_busy", "forward_no_answer", "parking_slot", "pick_up"}
)


class FeatureCodes(Section):
    """The codes, each None to switch it off. Where a code takes a number, the number
    follows at once (``*72`` and ``6002``: ``*726002``)."""

    ready: Code | None = "*70"
    not_ready: Code | None = "*71"
    do_not_disturb: Code | None = "*78"
    do_not_disturb_off: Code | None = "*79"
    forward_all: Code | None = "*72"
    forward_all_off: Code | None = "*73"
    forward_busy: Code | None = "*90"
    forward_busy_off: Code | None = "*91"
    forward_no_answer: Code | None = "*92"
    forward_no_answer_off: Code | None = "*93"
    pick_up: Code | None = "*8"  # and an extension: the call that rings there
    # and a slot's number: transferred there the customer is parked, dialled they are picked up
    parking_slot: Code | None = "*60"
    pick_up_any: Code | None = "*95"  # the call of the team that has rung for longest
    log_in: Code | None = "*20"  # at a shared phone; agent number and PIN follow
    log_out: Code | None = "*21"
    agent_state: Code | None = "*46"  # before an extension: a lamp for that agent's state

    @model_validator(mode="after")
    def _apart(self) -> FeatureCodes:
        for name, code in self.codes():
            for other, longer in self.codes():
                if name == other:
                    continue
                if code == longer or (name in TAKES_NUMBER and longer.startswith(code)):
                    raise refused(
                        f"codes that can be told apart: {name!r} ({code}) is the beginning of "
                        f"{other!r} ({longer})"
                    )
        return self

    def codes(self) -> Iterator[tuple[str, str]]:
        """Each code in use: what it is for, and the keys."""
        for name in type(self).model_fields:
            code = getattr(self, name)
            if code is not None:
                yield name, str(code)
