"""Offers that stand: ``/api/offers``. What does not ring on a phone is taken here."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from acd.contact_states import ContactState
from acd.model import Agent, Contact, Medium, Offer
from acd.offer_states import OfferState
from acd.router import Router
from acd.scene import Scene
from app.http.routes import Body, Call, Needs, Query, Route
from app.http.views import OfferView, offer_view
from core.errors import Conflict, NotFound

_RINGS = frozenset({Medium.VOICE, Medium.VIDEO})


class OfferNotFound(NotFound):
    """There is no such offer (any more)."""

    code: ClassVar[str] = "offer_not_found"


class OfferOver(Conflict):
    """The offer was decided already, or is at another version."""

    code: ClassVar[str] = "offer_over"


class AnsweredOnDevice(Conflict):
    """What rings on a phone is answered there."""

    code: ClassVar[str] = "answered_on_device"


class Wanted(Query):
    """``agent`` (``me`` works) and ``queue`` limit the list."""

    agent: str | None = Field(default=None, max_length=64)
    queue: str | None = Field(default=None, max_length=64)


class Accept(Body):
    """``version`` as it was when the agent looked: anything that happened since makes the
    answer late."""

    version: int | None = Field(default=None, ge=1)


class OffersApi:
    """Routes of offers."""

    def __init__(self, router: Router) -> None:
        self._router = router

    @property
    def routes(self) -> list[Route]:
        one = "/api/offers/{offer_id}"
        return [
            Route(
                method="GET", path="/api/offers", needs=Needs.SIGNED_IN, handler=self._list,
                summary="Offers that stand, oldest first", query=Wanted, returns=list[OfferView],
            ),
            Route(
                method="GET", path=one, needs=Needs.OWN_OFFER, handler=self._show,
                summary="One offer, for an hour after it was decided", returns=OfferView,
            ),
            Route(
                method="POST", path=f"{one}/accept", needs=Needs.OWN_OFFER, handler=self._accept,
                summary="Take the contact (text and tasks; a phone is answered)", body=Accept,
                returns=OfferView,
            ),
            Route(
                method="POST", path=f"{one}/reject", needs=Needs.OWN_OFFER, handler=self._reject,
                summary="Do not take it; the agent is not ready then", returns=OfferView,
            ),
        ]  # fmt: skip

    async def _list(self, call: Call) -> list[OfferView]:
        want = call.query_as(Wanted)
        agent = call.me.id if want.agent == "me" else want.agent
        contacts = [c for c in await self._router.contacts.live() if _rings(c)]
        found = await self._router.store.offers([c.offer_id for c in contacts if c.offer_id])
        offers = [
            offer
            for offer in found.values()
            if offer.state in (OfferState.PENDING, OfferState.ACCEPTED)
            and agent in (None, offer.agent_id)
            and want.queue in (None, offer.queue)
        ]
        return [offer_view(one) for one in sorted(offers, key=lambda o: (o.created_at, o.id))]

    async def _show(self, call: Call) -> OfferView:
        return offer_view((await self._read(call))[0])

    async def _accept(self, call: Call) -> OfferView:
        offer, scene = await self._read(call)
        if offer.medium in _RINGS:
            raise AnsweredOnDevice(
                f"An offer of {offer.medium.value} is answered on the agent's device.",
                hint="Pick up the phone; it can be rejected here.",
            )
        if scene.contact is not None:
            self._router.require_here(scene.contact)
        version = call.body_as(Accept).version
        if version is not None and offer.state is OfferState.PENDING and version != offer.version:
            raise _over(offer, f"is at version {offer.version}, not {version}")
        await self._router.agent_answered(offer.id, version)
        after, _ = await self._read(call)
        if after.state is not OfferState.ACCEPTED:
            raise _over(after, f"is {after.state.value}")
        return offer_view(after)

    async def _reject(self, call: Call) -> OfferView:
        offer, scene = await self._read(call)
        if offer.state is not OfferState.PENDING:
            raise _over(offer, f"is {offer.state.value}")
        if scene.contact is not None:
            self._router.require_here(scene.contact)
        await self._router.agent_unanswered(offer.id, "rejected", None)
        after, _ = await self._read(call)
        if after.state is not OfferState.REJECTED:
            raise _over(after, f"is {after.state.value}")
        self._take_back(scene.contact, scene.agent, offer)
        return offer_view(after)

    def _take_back(self, contact: Contact | None, agent: Agent | None, offer: Offer) -> None:
        """The router believes that the device said so: tell the device."""
        if contact is not None and agent is not None:
            self._router.stop_ringing(contact, agent, offer)

    async def _read(self, call: Call) -> tuple[Offer, Scene]:
        scene = await self._router.store.scene("offer", call.part("offer_id"))
        if scene.offer is None:
            raise OfferNotFound(
                "There is no such offer.", hint="GET /api/offers lists those that stand."
            )
        return scene.offer, scene


def _rings(contact: Contact) -> bool:
    return contact.state is ContactState.OFFERED


def _over(offer: Offer, what: str) -> OfferOver:
    return OfferOver(
        f"The offer {what}.", hint="Nothing was changed; the next one comes by itself.",
        state=offer.state.value, version=offer.version,
    )  # fmt: skip
