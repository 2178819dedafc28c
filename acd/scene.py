"""What is read together, at one instant: a contact, an agent or an offer with all that is
bound to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from acd.change import Thing
from acd.model import Agent, Contact, Offer


@dataclass(slots=True)
class Held:
    """One of the things an agent has in hand."""

    contact: Contact | None
    offer: Offer | None


@dataclass(slots=True)
class Scene:
    """A contact with the agent and the offer bound to it; or an agent with all they
    have in hand (``held``, as their assignments; the foremost is ``contact``)."""

    contact: Contact | None = None
    agent: Agent | None = None
    offer: Offer | None = None
    second: Agent | None = None  # whom the agent consults
    other: Agent | None = None  # a further agent, asked for by id
    peer: Agent | None = None  # who is in the customer's place of an internal contact
    held: dict[str, Held] = field(default_factory=dict)
    remembered: bool = False  # from the cache, not read now

    def things(self) -> Iterator[Thing]:
        """All that was read."""
        seen = set()
        held = [thing for one in self.held.values() for thing in (one.contact, one.offer)]
        for thing in (
            self.contact,
            self.agent,
            self.offer,
            self.second,
            self.other,
            self.peer,
            *held,
        ):
            if thing is not None and thing.id not in seen:
                seen.add(thing.id)
                yield thing


def united(scene: Scene) -> Scene:
    """One agent in two parts is one object, so that no part's changes are lost."""
    for earlier, later in combinations(("agent", "second", "other", "peer"), 2):
        one, other = getattr(scene, earlier), getattr(scene, later)
        if one is not None and other is not None and one.id == other.id:
            setattr(scene, later, one)
    return scene


def with_foremost(scene: Scene) -> Scene:
    """``contact`` and ``offer`` are those the agent attends to most."""
    assert scene.agent is not None
    held = scene.held.get(scene.agent.contact_id or "")
    if held is not None:
        scene.contact, scene.offer = held.contact, held.offer
    return scene
