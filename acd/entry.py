"""The door of a queue: whether one may wait there, and which agent is preferred."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from acd.errors import QueueClosed, UnknownSkill, WaitTooLong
from acd.model import Contact, Preferred, PreferredKind, QueueConfig
from acd.offers import Offers
from acd.requirement import (
    ANYONE,
    MAX_TEXT,
    NOBODY,
    RequirementError,
    all_of,
    load,
    nearest,
    of_skills,
    parse,
)
from core.clock import from_epoch
from core.redis import Keys

LAST_AGENT_DAYS = 7
DEDICATED = "dedicated_agent"  # the attribute of a contact that names one


def last_agent_key(keys: Keys, business: str, customer: str) -> str:
    """Where it stands who served a customer last. Numbers are personal: only a digest
    of them is in the key."""
    digest = hashlib.sha256(f"{business}\n{customer}".encode()).hexdigest()[:32]
    return keys("last", digest)


class Entry(Offers):
    """The part of the router that stands at the door."""

    async def admit(
        self, queue: QueueConfig, *, if_closed: bool = False, if_long: bool = False
    ) -> None:
        """Raises :class:`~acd.errors.QueueClosed` out of hours, and
        :class:`~acd.errors.WaitTooLong` if one would have to wait too long; neither
        where that does not matter (a message, a call-back)."""
        if not if_closed and queue.hours is not None and not queue.hours.is_open(self.clock.now()):
            raise QueueClosed(
                f"Queue {queue.name} is closed now.",
                hint="Send the contact to the queue's 'closed' target.",
            )
        limit = queue.longest_expected_wait
        if limit is not None and not if_long:
            expected = await self.expected_wait(queue.name)
            if expected is not None and expected > limit:
                raise WaitTooLong(
                    f"In queue {queue.name} one waits about {expected:.0f} s.",
                    hint="Offer a call-back, or send the contact to the queue's 'full' target.",
                )

    def asked(self, skills: Mapping[str, int] | None, asks: str | None) -> str | None:
        """The canonical text of ``asks``, which means the same in every process and whatever
        is configured later. Raises :class:`~acd.errors.UnknownSkill`, and
        :class:`~acd.requirement.RequirementError` for what cannot be read or met."""
        known = self.directory.skills()
        own = ANYONE
        if asks:  # people write less than what is written in full
            own = parse(asks, known) if len(asks) <= MAX_TEXT else load(asks)
        whole = all_of(of_skills(skills or {}), own)
        for name in sorted((whole.skills | set(skills or ())) - known):
            close = nearest(name, known)
            raise UnknownSkill(
                f"There is no skill {name!r}.",
                hint=f"Perhaps {close!r} is meant." if close else "Define it under skills.",
                skill=name,
            )
        if whole == NOBODY:
            raise RequirementError(
                "No agent can ever meet what is asked.", hint="The contact would wait in vain."
            )
        return own.text if asks else asks

    async def expected_wait(self, queue: str) -> float | None:
        raise NotImplementedError

    async def preferred_by(self, contact_id: str, queue: QueueConfig) -> list[Preferred]:
        """The agents whom the queue prefers for this customer: their own, then the last."""
        if not (queue.last_agent_seconds or queue.dedicated_agent_seconds):
            return []
        contact = (await self.store.scene("contact", contact_id)).contact
        if contact is None:
            return []
        now = self.clock.now()
        found = []
        own = contact.attributes.get(DEDICATED)
        if queue.dedicated_agent_seconds and isinstance(own, str):
            found.append(
                Preferred(
                    agent_id=own, kind=PreferredKind.DEDICATED, since=now,
                    seconds=queue.dedicated_agent_seconds,
                )
            )  # fmt: skip
        last = await self.last_agent(contact)
        if queue.last_agent_seconds and last is not None and last != own:
            found.append(
                Preferred(
                    agent_id=last, kind=PreferredKind.LAST, since=now,
                    seconds=queue.last_agent_seconds,
                )
            )  # fmt: skip
        return found

    async def last_agent(self, contact: Contact) -> str | None:
        """Who served the customer of ``contact`` within the last days."""
        who = contact.customer or contact.customer_number
        if not who:
            return None
        text = await self.store.get(last_agent_key(self.keys, contact.business, who))
        if text is None:
            return None
        agent_id, _, at = text.rpartition(" ")
        days = (self.clock.now() - from_epoch(float(at))).days
        return agent_id if days < LAST_AGENT_DAYS else None
