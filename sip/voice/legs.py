"""The channels that matter, and whose they are.

A leg's ``id`` is Asterisk's Uniqueid. The customer's is chosen by Asterisk and
becomes the contact's address; legs that we originate carry an id of ours: the
offer's for an agent who is rung. Everything here can be read again from Asterisk,
because each leg also carries it in channel variables (see :data:`VARIABLES`).
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sip.ami import AmiEvent
from sip.outbound.plan import Way

CONTACT, OFFER, AGENT, ROLE = "PARLEY_CONTACT", "PARLEY_OFFER", "PARLEY_AGENT", "PARLEY_ROLE"
VARIABLES = (CONTACT, OFFER, AGENT, ROLE)


class Role(StrEnum):
    """What a leg is to its contact."""

    CUSTOMER = "customer"
    CALLED = "called"  # whom we or an agent call, and who has not answered yet
    CALLER = "caller"  # an agent whose own call has not been answered yet
    AGENT = "agent"
    CONSULT = "consult"  # whom the agent asks while the customer holds
    PARTY = "party"  # a supervisor on the call
    MEMBER = "member"  # a further person who talks: a conference
    TAP = "tap"  # a listening machine


_ROLES = {role.value: role for role in Role}


@dataclass(slots=True, kw_only=True)
class Leg:
    """One channel. ``channel`` is its name once Asterisk has made it, else ''."""

    id: str
    role: Role
    contact_id: str
    channel: str = ""
    agent_id: str = ""
    offer_id: str = ""
    up: bool = False
    rings_first: bool = False  # a caller's: we ring their own phone, and it is not answered
    dial_status: str = ""  # a caller's: how the dialplan's last attempt went (DIALSTATUS)
    redirected: bool = False  # its phone answered that somebody else be called (302)
    was_joined: bool = False  # an agent's: the router has been told that they talk
    was_checked: bool = False  # an agent's: whether its phone sends sound was looked at
    cancelled: bool = False  # we hang it up: at once, or as soon as it exists
    asked_to_end: int = 0  # in what order people hung up: 1 is the first; 0: not (yet)
    let_go: bool = False  # it goes on without us, or ends by what we do: nobody's news
    muted: bool = False  # a member's: nobody hears them
    holds: bool = False  # its own phone has put the other side on hold
    joined: bool = False  # an agent's: it talks with the customer
    outside: bool = False  # a customer's: a number outside is rung for them
    # An agent's: how those of their phones refused that do not ring any more.
    refusals: list[str] = field(default_factory=list)
    spies: str = ""  # a supervisor's: how they listen (sip.verbs.SpyMode), '' if they do not
    parted: bool = False  # we have taken it apart from the customer, who holds
    rang: bool = False  # its phone rings, or rang
    picked_up: bool = False  # its phone was answered; it is up when it waits to be joined
    ended_cause: int | None = None  # Q.850, once it has ended
    ways: tuple[Way, ...] = ()  # of a call out: the trunks that are tried after this one
    joining: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)
    unhooks_until: float = 0.0  # monotonic: till then a stopped recording may hang on it
    known_since: float = field(default_factory=time.monotonic)

    @property
    def target(self) -> str:
        """How AMI actions address it: by name, or by id until the name is known."""
        return self.channel or self.id

    def variables(self) -> dict[str, str]:
        """The channel variables from which the leg can be read again."""
        values = {
            CONTACT: self.contact_id,
            OFFER: self.offer_id,
            AGENT: self.agent_id,
            ROLE: self.role.value,
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_variables(cls, id_: str, channel: str, values: Mapping[str, str]) -> Leg | None:
        """The leg that a channel with these variables is; None if it is not ours."""
        contact = values.get(CONTACT, "")
        if not contact:
            return None
        role = values.get(ROLE, "")
        return cls(
            id=id_,
            role=_ROLES.get(role, Role.CUSTOMER),
            contact_id=contact,
            channel=channel,
            agent_id=values.get(AGENT, ""),
            offer_id=values.get(OFFER, ""),
        )


class LegTable:
    """All legs, by id and by contact."""

    def __init__(self) -> None:
        self._legs: dict[str, Leg] = {}
        self._of_contact: dict[str, dict[str, Leg]] = {}
        self._watched: dict[str, list[asyncio.Event]] = {}
        self._ends = itertools.count(1)

    def __iter__(self) -> Iterator[Leg]:
        return iter(tuple(self._legs.values()))

    def __len__(self) -> int:
        return len(self._legs)

    def add(self, leg: Leg) -> Leg:
        """Know ``leg`` from now on, in place of what was known under its id."""
        self.remove(leg.id)
        self._legs[leg.id] = leg
        self._of_contact.setdefault(leg.contact_id, {})[leg.id] = leg
        return leg

    def get(self, id_: str) -> Leg | None:
        return self._legs.get(id_)

    def of_event(self, event: AmiEvent) -> Leg | None:
        """The leg of which ``event`` tells: id and name are of the same channel. The name
        stands before, the id behind what a stranger chose, who may have put another id
        there."""
        leg = self._legs.get(event.get("Uniqueid"))
        return leg if leg is not None and leg.channel in ("", event.get("Channel")) else None

    def asked_to_end(self, leg: Leg) -> None:
        """Note that the person on ``leg`` hung up (or its line failed)."""
        leg.asked_to_end = leg.asked_to_end or next(self._ends)

    def hung_up_before(self, leg: Leg) -> Leg | None:
        """The leg on the other end of the talk, if it was that one which ended it."""
        if leg.role is Role.CUSTOMER:
            other = self.agent(leg.contact_id)
            # A customer whose phone did not hang up was let go by the dialplan, as
            # happens when the agent is gone.
            unasked = not leg.asked_to_end
        else:
            other = self.customer(leg.contact_id)
            unasked = False
        if other is None:
            return None
        first = other.asked_to_end > 0 and not 0 < leg.asked_to_end < other.asked_to_end
        return other if first or unasked else None

    def remove(self, id_: str) -> Leg | None:
        leg = self._legs.pop(id_, None)
        for watcher in self._watched.get(id_, ()):
            watcher.set()
        if leg is not None:
            legs = self._of_contact[leg.contact_id]
            legs.pop(id_, None)
            if not legs:
                del self._of_contact[leg.contact_id]
        return leg

    def of(self, contact_id: str, role: Role | None = None) -> list[Leg]:
        """The contact's legs, oldest first; of one role if given."""
        legs = self._of_contact.get(contact_id, {}).values()
        return [leg for leg in legs if role is None or leg.role is role]

    def customers(self) -> list[Leg]:
        """The customers' legs of all contacts."""
        return [leg for leg in self._legs.values() if leg.role is Role.CUSTOMER]

    def went_up(self, leg: Leg) -> None:
        """The person on ``leg`` picked up."""
        leg.up = True
        for watcher in self._watched.get(leg.id, ()):
            watcher.set()

    async def wait_gone(self, *ids: str, seconds: float) -> None:
        """Return when one of the legs is gone (or not known); raises TimeoutError."""
        while all(id_ in self._legs for id_ in ids):
            await self._change(ids, seconds)

    async def wait_up(self, id_: str, *others: str, seconds: float) -> None:
        """Return when the leg is up or gone, or one of the ``others`` is gone; raises
        TimeoutError."""
        while all(one in self._legs for one in (id_, *others)) and not self._legs[id_].up:
            await self._change((id_, *others), seconds)

    async def _change(self, ids: Collection[str], seconds: float) -> None:
        """Return when a leg of ``ids``, all known, goes up or ends."""
        change = asyncio.Event()
        for id_ in ids:
            self._watched.setdefault(id_, []).append(change)
        try:
            await asyncio.wait_for(change.wait(), seconds)
        finally:
            for id_ in ids:
                self._watched[id_].remove(change)
                if not self._watched[id_]:
                    del self._watched[id_]

    def customer(self, contact_id: str) -> Leg | None:
        return next(iter(self.of(contact_id, Role.CUSTOMER)), None)

    def agent(self, contact_id: str) -> Leg | None:
        """The agent's leg that is answered; None while nobody is."""
        up = [leg for leg in self.of(contact_id, Role.AGENT) if leg.up]
        # A second phone of theirs may have been answered a moment too late.
        return next((leg for leg in up if not leg.cancelled), up[0] if up else None)

    def of_offer(self, contact_id: str, offer_id: str) -> list[Leg]:
        """The legs that ring, or were answered, for the offer: one a phone of the agent's,
        the one that was answered first."""
        legs = [leg for leg in self.of(contact_id, Role.AGENT) if leg.offer_id == offer_id]
        return sorted(legs, key=lambda leg: (not leg.up, leg.cancelled))
