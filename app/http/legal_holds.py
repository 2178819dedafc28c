"""Legal holds: ``/api/contacts/{contact_id}/legal-hold``, for supervisors."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from acd.errors import ContactNotFound
from acd.records.queries import ContactHistory
from acd.router import Router
from app.http.routes import Body, Call, Needs, Route
from app.recordings.holds import Holds
from core.clock import Clock, to_epoch


class Hold(Body):
    """``reason`` is kept and is in the audit. ``matter`` tells apart several holds of one
    contact."""

    reason: Annotated[str, Field(min_length=3, max_length=300)]
    matter: Annotated[str, Field(max_length=64)] = ""


class HoldView(TypedDict):
    """Who placed it and who released it; times in epoch seconds."""

    matter: str
    reason: str
    placed_by: str
    placed_at: float
    released_by: str | None
    released_at: float | None
    release_reason: str | None


class HoldsView(TypedDict):
    """``held``: whether one of the ``holds`` stands."""

    held: bool
    holds: list[HoldView]


class LegalHoldsApi:
    """The routes of legal holds."""

    def __init__(self, holds: Holds, router: Router, history: ContactHistory, clock: Clock) -> None:
        self._holds = holds
        self._router = router
        self._history = history
        self._clock = clock

    @property
    def routes(self) -> list[Route]:
        path = "/api/contacts/{contact_id}/legal-hold"
        return [
            Route(
                method="GET", path=path, needs=Needs.SUPERVISOR, handler=self._show,
                summary="Whether nothing of the contact may be deleted", returns=HoldsView,
            ),
            Route(
                method="POST", path=path, needs=Needs.SUPERVISOR, handler=self._place,
                summary="Keep everything of the contact", body=Hold, returns=HoldsView,
            ),
            Route(
                method="POST", path=f"{path}/release", needs=Needs.SUPERVISOR,
                handler=self._release, summary="The retention rules apply again", body=Hold,
                returns=HoldsView,
            ),
        ]  # fmt: skip

    async def _show(self, call: Call) -> HoldsView:
        holds = await self._holds.of(call.part("contact_id"))
        return {
            "held": any(hold.released_at is None for hold in holds),
            "holds": [
                {
                    "matter": hold.matter,
                    "reason": hold.reason,
                    "placed_by": hold.placed_by,
                    "placed_at": to_epoch(hold.placed_at),
                    "released_by": hold.released_by,
                    "released_at": to_epoch(hold.released_at) if hold.released_at else None,
                    "release_reason": hold.release_reason,
                }
                for hold in holds
            ],
        }

    async def _place(self, call: Call) -> HoldsView:
        want, contact_id = call.body_as(Hold), call.part("contact_id")
        await self._known(contact_id)
        await self._holds.place(
            contact_id, matter=want.matter, reason=want.reason, by=call.me.id,
            at=self._clock.now(),
        )  # fmt: skip
        return await self._show(call)

    async def _release(self, call: Call) -> HoldsView:
        want = call.body_as(Hold)
        await self._holds.release(
            call.part("contact_id"), matter=want.matter, reason=want.reason, by=call.me.id,
            at=self._clock.now(),
        )  # fmt: skip
        return await self._show(call)

    async def _known(self, contact_id: str) -> None:
        """Raises ContactNotFound."""
        with suppress(ContactNotFound):
            await self._router.contacts.get(contact_id)
            return
        await self._history.get(contact_id)
