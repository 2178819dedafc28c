"""Everything that Redis says, at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from acd import codec
from acd.agent_states import Presence
from acd.model import Agent, Contact, Offer
from core import metrics
from core.redis import Keys
from tests.acd.proof.centre import Centre


@dataclass(slots=True)
class Look:
    """Everything, at one quiet moment. ``open_to`` are the contacts that may be offered."""

    now: datetime
    contacts: dict[str, Contact]
    agents: dict[str, Agent]
    offers: dict[str, Offer]
    open_to: set[str]
    refused: float  # claims, ever

    @property
    def logged_in(self) -> list[Agent]:
        return [a for a in self.agents.values() if a.presence is not Presence.LOGGED_OUT]


def refused_claims() -> float:
    """Claims that were refused or failed, ever, in this process."""
    return sum(
        float(metrics.claims_total.labels(outcome)._value.get())
        for outcome in ("conflict", "fenced", "failed")
    )


async def _read(redis: Redis, keys: Keys, kind: str, registry: str) -> list[str]:
    members: Any = await redis.smembers(keys(registry))
    if not members:
        return []
    texts: Any = await redis.mget([keys(kind, one) for one in sorted(members)])
    return [text for text in texts if text]


async def look(centre: Centre) -> Look:
    """Read everything."""
    redis, keys = centre.redis, centre.keys
    contacts = [codec.contact(t) for t in await _read(redis, keys, "contact", "contacts")]
    agents = [codec.agent(t) for t in await _read(redis, keys, "agent", "agents")]
    bound = sorted({c.offer_id for c in contacts if c.offer_id})
    texts: Any = await redis.mget([keys("offer", one) for one in bound]) if bound else []
    offers = [codec.offer(text) for text in texts if text]
    shut = {
        (station.node, medium)
        for station in centre.running
        for medium in station.router.watching.suspended
    }
    alive = {station.node for station in centre.running}
    return Look(
        now=centre.clock.now(),
        contacts={contact.id: contact for contact in contacts},
        agents={agent.id: agent for agent in agents},
        offers={offer.id: offer for offer in offers},
        open_to={c.id for c in contacts if c.node in alive and (c.node, c.medium) not in shut},
        refused=refused_claims(),
    )
