"""Parking slots as configured, and their lamps: in use while somebody waits there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from acd.router import Router
from acd.slots import ParkingSlots
from config.model import Settings
from core.errors import ParleyError
from core.events import Event
from core.log import get_logger
from core.redis import Keys
from core.serial import KeyedWorker
from sip.asterisk.generate import dialplan
from sip.verbs import LampState

log = get_logger(__name__)


def parking_slots(settings: Settings, redis: Redis, keys: Keys, router: Router) -> ParkingSlots:
    """The slots of the configuration."""
    wanted = settings.parking_slots
    return ParkingSlots(
        redis, keys, router, count=wanted.count, seconds=wanted.seconds,
        back_seconds=wanted.back_seconds, fallback=next(iter(settings.queues), None),
    )  # fmt: skip


class SlotLamps:
    """Give :meth:`on_event` to the bus. ``show(device, state)`` shows what it does not show
    already (:class:`app.phones.lamps.Lamps`)."""

    def __init__(
        self, slots: ParkingSlots, show: Callable[[str, LampState], Awaitable[None]]
    ) -> None:
        self._slots = slots
        self._show = show
        self._work = KeyedWorker("slot-lamps")
        self._parked: set[str] = set()  # contacts
        self._due = False
        self._reads = False

    def on_event(self, event: Event) -> None:
        """Follow who is parked, and who is no more."""
        # Who leaves while the slots are read is not known yet as one who is parked.
        known = self._reads or event.contact_id in self._parked
        if event.contact_id is not None and (known or "slot" in event.data):
            self.all()

    def all(self) -> None:
        """Look at every slot, soon."""
        if not self._due:
            self._due = True
            self._work.submit("", "slot-lamps", self._look)

    async def close(self) -> None:
        await self._work.close()

    async def _look(self) -> None:
        self._due = False
        self._reads = True
        try:
            parked = await self._slots.parked()
            self._parked = {one.contact.id for one in parked}
        except ParleyError as error:
            log.warning("slot_lamps.unknown", code=error.code)
            return
        finally:
            self._reads = False
        taken = {one.slot for one in parked}
        for slot in self._slots.numbers():
            state = LampState.IN_USE if slot in taken else LampState.IDLE
            await self._show(dialplan.slot_lamp(slot), state)
