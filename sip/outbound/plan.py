"""What is asked of the outbound rules, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# More calls than any trunk carries: an emergency call is never kept back by a full trunk.
UNBOUNDED = 1_000_000
WAY, TRIED = "PARLEY_OUT_", "PARLEY_OUT_N"  # channel variables of parley-outbound
_MOST_WAYS = 8


class Purpose(StrEnum):
    """Who calls, or for what."""

    AGENT = "agent"  # an agent's own call, dialled by hand or by click-to-dial
    TRANSFER = "transfer"
    CONSULT = "consult"
    CALL_BACK = "call_back"  # to a customer, at a number that they chose
    FLOW = "flow"  # a number that is written in a flow


@dataclass(frozen=True, slots=True)
class CallOut:
    """A call that somebody wants to make to ``number``, as it is dialled. ``agent_id`` is
    whose rights count; ``caller_id`` the number they want to show, None: the usual one."""

    number: str
    purpose: Purpose
    agent_id: str | None = None
    caller_id: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One trunk to try: it is asked for ``number`` and carries at most ``max_calls``;
    ``caller_id`` is shown, '' for none of ours."""

    trunk: str
    number: str
    caller_id: str
    ring_seconds: int
    max_calls: int

    @property
    def device(self) -> str:
        """The channel to originate."""
        return f"PJSIP/{self.number}@{self.trunk}"

    @property
    def text(self) -> str:
        """For the dialplan, which takes it apart at the colons."""
        parts = (self.trunk, self.number, self.caller_id, self.ring_seconds, self.max_calls)
        return ":".join(map(str, parts))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a call goes out: the ``ways`` in the order in which they are tried, at least
    one. ``route`` is '' for an emergency call, which has none."""

    wanted: CallOut
    route: str
    ways: tuple[Way, ...]
    emergency: bool = False

    def variables(self) -> dict[str, str]:
        """What the dialplan reads in ``parley-outbound``. Those of an earlier call of the
        same channel are emptied."""
        texts = [way.text for way in self.ways[:_MOST_WAYS]]
        texts += [""] * (_MOST_WAYS - len(texts))
        return {f"{WAY}{n}": text for n, text in enumerate(texts, 1)} | {TRIED: "0"}
