"""Parking slots: ``/api/slots``, and a contact's own ``slot``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from acd.slots import ParkingSlots
from app.http.routes import Body, Call, Needs, Route
from core.clock import to_epoch
from core.errors import BadInput, NotAllowed


class ParkIn(Body):
    """``slot``: which one; without it the first that is free."""

    slot: Annotated[int, Field(ge=1, le=99)] | None = None


class SlotView(TypedDict):
    """Who waits in ``slot``; ``until`` (epoch seconds) they are offered to nobody."""

    slot: int
    contact_id: str
    queue: str | None
    until: float | None


class TakenSlot(TypedDict):
    """Where the customer is parked."""

    slot: int


class PickedUp(TypedDict):
    """The contact that rings at the agent's device now."""

    contact_id: str


class SlotsApi:
    """Routes of parking slots."""

    def __init__(self, slots: ParkingSlots) -> None:
        self._slots = slots

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST", path="/api/contacts/{contact_id}/slot", needs=Needs.OWN_CONTACT,
                handler=self._park, body=ParkIn, returns=TakenSlot, action="contact.slot",
                summary="Park the customer in a slot, where a colleague picks them up",
            ),
            Route(
                method="GET", path="/api/slots", needs=Needs.SIGNED_IN, handler=self._list,
                summary="Who is parked", returns=list[SlotView],
            ),
            Route(
                method="POST", path="/api/slots/{slot}/pick-up", needs=Needs.SIGNED_IN,
                handler=self._pick_up, returns=PickedUp, action="slot.pick_up",
                summary="Have who is parked there ring at one's own device",
            ),
        ]  # fmt: skip

    async def _park(self, call: Call) -> TakenSlot:
        slot = await self._slots.park(call.part("contact_id"), slot=call.body_as(ParkIn).slot)
        return {"slot": slot}

    async def _list(self, _call: Call) -> list[SlotView]:
        return [
            {
                "slot": one.slot, "contact_id": one.contact.id, "queue": one.contact.queue,
                "until": to_epoch(one.contact.not_before) if one.contact.not_before else None,
            }
            for one in await self._slots.parked()
        ]  # fmt: skip

    async def _pick_up(self, call: Call) -> PickedUp:
        slot = call.part("slot")
        if not (slot.isascii() and slot.isdigit() and len(slot) <= 2):
            raise BadInput("A slot has a number.", hint="See GET /api/slots.")
        if not call.me.is_agent:
            raise NotAllowed("The operator has no device.", hint="Sign in as an agent.")
        return {"contact_id": await self._slots.pick_up(int(slot), call.me.id)}
