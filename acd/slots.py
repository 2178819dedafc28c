"""Parking slots: a customer waits in a numbered one until somebody picks them up.

A parked customer waits in their queue and is offered to nobody until their time is over
(:meth:`acd.router.Router.move_to_slot`); the contact says in which slot it is. Which slot is
free is agreed among all processes in one Redis hash, slot -> who took it when. An entry
whose contact is not in the slot (any more) counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import ClassVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.model import Contact
from acd.router import Router
from core.clock import to_epoch
from core.errors import BadInput, Conflict, NotFound, ParleyError
from core.redis import Keys, RedisUnavailable

_TAKING_SECONDS = 30.0  # so long may it take from the entry until the contact is there
_FREE = """
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
    return redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
"""


class NoSuchSlot(NotFound):
    """There is no slot with this number."""

    code: ClassVar[str] = "no_such_slot"


class SlotEmpty(NotFound):
    """Nobody is parked there."""

    code: ClassVar[str] = "slot_empty"


class SlotsTaken(Conflict):
    """The slot, or every slot, is taken."""

    code: ClassVar[str] = "slots_taken"


@dataclass(frozen=True, slots=True)
class Parked:
    """Who waits in a slot."""

    slot: int
    contact: Contact


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise RedisUnavailable(
            f"The parking slots do not answer: {error}.",
            hint="Is the Redis-protocol server running?",
        ) from error


class ParkingSlots:
    """Slots 1 to ``count``; ``seconds`` and ``back_seconds`` as in
    :meth:`~acd.router.Router.move_to_slot`. ``fallback`` is the queue of customers who came
    through none. Every method raises :class:`~core.redis.RedisUnavailable`."""

    def __init__(
        self, redis: Redis, keys: Keys, router: Router, *, count: int, seconds: float,
        back_seconds: float, fallback: str | None,
    ) -> None:  # fmt: skip
        self._redis = redis
        self._key = keys("slots")
        self._free = redis.register_script(_FREE)
        self._router = router
        self._count = count
        self._seconds = seconds
        self._back_seconds = back_seconds
        self._fallback = fallback

    async def park(self, contact_id: str, *, slot: int | None = None) -> int:
        """Park the customer in ``slot``, or in the first that is free; its number. Raises
        :class:`SlotsTaken`, :class:`NoSuchSlot` and what ``move_to_slot`` raises."""
        contact = await self._router.contacts.get(contact_id)
        queue = contact.queue or self._fallback
        if queue is None:
            raise BadInput("There is no queue to fall back to.", hint="Configure one.")
        number, entry = await self._take(contact_id, slot)
        try:
            await self._router.move_to_slot(
                contact_id, number, queue=queue, seconds=self._seconds, by=contact.agent_id,
                back_seconds=self._back_seconds,
            )  # fmt: skip
        except ParleyError:
            await self._give_back(number, entry)
            raise
        # From now on the contact itself says whether it is there; without this, in a while.
        with suppress(RedisUnavailable), _away():
            await self._redis.hset(self._key, str(number), f"{contact_id} 0")
        return number

    async def pick_up(self, slot: int, agent_id: str) -> str:
        """Have who is parked there ring at the agent's device; the contact. Raises
        :class:`NoSuchSlot`, :class:`SlotEmpty` and :class:`~acd.errors.AgentNotReady`."""
        self._require(slot)
        for parked in await self.parked():
            if parked.slot == slot and parked.contact.state is ContactState.QUEUED:
                await self._router.assign(parked.contact.id, agent_id)
                return parked.contact.id
        raise SlotEmpty(f"Nobody is parked in slot {slot}.")

    async def parked(self) -> list[Parked]:
        """Who is parked, by slot."""
        entries = await self._entries()
        found = [(slot, await self._inside(slot, entries[slot])) for slot in sorted(entries)]
        return [Parked(slot, contact) for slot, contact in found if contact is not None]

    def numbers(self) -> range:
        """The numbers of all slots."""
        return range(1, self._count + 1)

    def _require(self, slot: int) -> None:
        if slot not in self.numbers():
            raise NoSuchSlot(
                f"There is no parking slot {slot}.", hint=f"Slots are 1 to {self._count}."
            )

    async def _take(self, contact_id: str, wanted: int | None) -> tuple[int, str]:
        if wanted is not None:
            self._require(wanted)
        numbers: Sequence[int] = self.numbers() if wanted is None else [wanted]
        entry = f"{contact_id} {to_epoch(self._router.clock.now()):.3f}"
        entries = await self._entries()
        for number in numbers:
            before = entries.get(number)
            if before is not None:
                if self._is_being_taken(before) or await self._inside(number, before) is not None:
                    continue
                await self._give_back(number, before)
            with _away():
                if await self._redis.hsetnx(self._key, str(number), entry):
                    return number, entry
        raise SlotsTaken(
            "Every parking slot is taken." if wanted is None else f"Slot {wanted} is taken.",
            hint="Transfer the customer to a queue, or wait until somebody is picked up.",
        )

    async def _give_back(self, number: int, entry: str) -> None:
        with _away():
            await self._free(keys=[self._key], args=[number, entry])

    async def _entries(self) -> dict[int, str]:
        with _away():
            found = await self._redis.hgetall(self._key)
        return {int(slot): str(entry) for slot, entry in found.items()}

    def _is_being_taken(self, entry: str) -> bool:
        age = to_epoch(self._router.clock.now()) - float(entry.split()[1])
        return age < _TAKING_SECONDS

    async def _inside(self, slot: int, entry: str) -> Contact | None:
        try:
            contact = await self._router.contacts.get(entry.split()[0])
        except ContactNotFound:
            return None
        return contact if contact.slot == slot else None
