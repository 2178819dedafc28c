"""What happened, from the stream of events alone, in the order in which it was written.

The stream is written together with each change, so it tells of every instant, also of
those between two looks. Here it is followed with a few lines of bookkeeping of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from acd.assignment_states import AssignmentState
from acd.model import Medium
from core.event_log import STREAM
from core.events import Event
from core.redis import Keys
from tests.acd.proof import reference
from tests.acd.proof.firm import AGENT

_A = AssignmentState
_PRESENCE = frozenset({"agent.logged_in", "agent.logged_out", "agent.wished", "agent.ready"})


_OVER = ("contact_ended", "wrapped_up", "rescinded", "rona", "offer_failed")


@dataclass(frozen=True, slots=True)
class Claim:
    """A contact was claimed for an agent, who had ``hands`` full then. ``touched`` are
    contacts and agents about whom something was written since the last look.
    ``passed_on`` is who sent the contact to which queue, and when, if it was offered to
    nobody since."""

    event: Event
    hands: dict[str, tuple[Medium, AssignmentState]]
    touched: frozenset[str]
    passed_on: tuple[str, str, datetime] | None

    @property
    def contact_id(self) -> str:
        assert self.event.contact_id is not None
        return self.event.contact_id

    @property
    def agent_id(self) -> str:
        assert self.event.agent_id is not None
        return self.event.agent_id


@dataclass(slots=True)
class _Contact:
    medium: Medium
    seq: int = 0
    ended: int = 0
    left: str | None = None  # the agent from whose hands it went last
    passed_on: tuple[str, str, datetime] | None = None


@dataclass(slots=True)
class Ledger:
    """``wrongs`` is what cannot be; ``claims`` are those since the last :meth:`follow`,
    ``comings`` how often somebody logged in or out meanwhile."""

    wrongs: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    claims: list[Claim] = field(default_factory=list)
    comings: int = 0
    hands: dict[str, dict[str, tuple[Medium, AssignmentState]]] = field(default_factory=dict)
    _contacts: dict[str, _Contact] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    _position: str = "-"

    async def follow(self, redis: Redis, keys: Keys) -> None:
        """Read what is new."""
        self.claims.clear()
        self._touched.clear()
        self.comings = 0
        entries: Any = await redis.xrange(keys(STREAM), min=self._position)
        for position, entry in entries:
            self._position = f"({position}"
            event = Event.from_dict(json.loads(entry["e"]))
            self.kinds[event.type] += 1
            if event.type.startswith("contact.") and event.seq:
                self._of_contact(event)
            elif event.type.startswith("agent.") and event.agent_id is not None:
                self._of_agent(event)

    def count(self, kind: str) -> int:
        """How many contacts have been ``arrived``, ``ended``..."""
        return self.kinds[f"contact.{kind}"]

    def ended(self) -> list[int]:
        """How often each contact ended."""
        return [contact.ended for contact in self._contacts.values()]

    def _wrong(self, event: Event, what: str) -> None:
        self.wrongs.append(f"{what} ({event.type}, {event.contact_id}, {event.agent_id})")

    def _of_contact(self, event: Event) -> None:
        id_, what = event.contact_id or "", event.type.partition(".")[2]
        if what == "arrived":
            self._contacts[id_] = _Contact(Medium(event.data["medium"]))
        contact = self._contacts[id_]
        if event.seq != contact.seq + 1:
            self._wrong(event, f"event {event.seq} follows {contact.seq}")
        contact.seq = event.seq
        if what == "queued" and (agent_id := event.data.get("passed_by")) is not None:
            if contact.left != agent_id:
                self._wrong(event, f"{agent_id} passes it on, but {contact.left} had it")
            contact.passed_on = agent_id, event.data["queue"], event.at
        if what == "offered" and "why" in event.data:
            hands = dict(self.hands.get(event.agent_id or "", {}))
            claim = Claim(event, hands, frozenset(self._touched), contact.passed_on)
            self.claims.append(claim)
        if what == "offered":
            contact.passed_on = contact.left = None
        elif what == "ended":
            contact.ended += 1
            if contact.ended > 1:
                self._wrong(event, "a contact ends twice")
        self._touched.add(id_)

    def _of_agent(self, event: Event) -> None:
        agent_id, id_ = event.agent_id or "", event.contact_id or ""
        hands = self.hands.setdefault(agent_id, {})
        what = event.type.partition(".")[2]
        if event.type in _PRESENCE:
            self.comings += 1
        self._touched.add(agent_id)
        held = hands.get(id_)
        if what == "contact_ended":
            self._contacts[id_].left = agent_id
            own = AGENT[agent_id].wrap_up_seconds
            if own is not None and event.data["wrap_up"] not in (0, own):
                self._wrong(event, f"wrap-up of {event.data['wrap_up']} s, of their own {own}")
        if what == "offered":
            if held is not None:
                self._wrong(event, f"the agent has the contact already, {held[1].value}")
            others = [
                other
                for other, theirs in self.hands.items()
                if id_ in theirs and theirs[id_][1] in (_A.OFFERED, _A.ACTIVE)
            ]
            if others:
                self._wrong(event, f"two agents for one contact: {others}")
            hands[id_] = self._contacts[id_].medium, _A.OFFERED
        elif what == "accepted":
            hands[id_] = self._contacts[id_].medium, _A.ACTIVE
        elif what in ("parked", "resumed"):
            if held is None:
                self._wrong(event, "the agent does not have the contact")
                return
            hands[id_] = held[0], _A.PARKED if what == "parked" else _A.ACTIVE
        elif what == "contact_ended" and event.data["wrap_up"]:
            if held is None:
                self._wrong(event, "the agent does not have the contact")
                return
            hands[id_] = held[0], _A.WRAP_UP
        elif what in _OVER and held is not None:
            del hands[id_]
        elif what in _OVER:
            self._wrong(event, "the agent does not have the contact")
        self._check_load(event, agent_id)

    def _check_load(self, event: Event, agent_id: str) -> None:
        hands = self.hands[agent_id]
        # What can be interrupted gives way in the same write, told by a later event.
        fixed = reference.fixed(hands)
        if fixed > AGENT[agent_id].capacity:
            self._wrong(event, f"capacity exceeded: {fixed}")
        voices = [m for m, s in hands.values() if m is Medium.VOICE and s is not _A.PARKED]
        if len(voices) > 1:
            self._wrong(event, "two calls at once")
