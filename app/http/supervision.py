"""What supervisors do to contacts that wait, and agents to those that are silent:
``/api/contacts/{contact_id}/<verb>``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from acd.contact_states import ContactState
from acd.model import Contact, Medium
from acd.order import LEAST_PRIORITY, MOST_PRIORITY
from acd.router import Router
from app.http.names import require_agent, require_queue
from app.http.routes import Body, Call, Needs, Route
from config.model import Settings
from core.errors import Conflict

_Name = Annotated[str, Field(min_length=1, max_length=64)]
_Priority = Annotated[int, Field(ge=LEAST_PRIORITY, le=MOST_PRIORITY)]
_STREAMS = frozenset({Medium.VOICE, Medium.VIDEO})


class NotParkable(Conflict):
    """A conversation of this medium cannot be put aside."""

    code: ClassVar[str] = "not_parkable"


class Move(Body):
    """``priority``: from now on; else the higher of its own and the queue's."""

    queue: _Name
    priority: _Priority | None = None


class Prioritise(Body):
    """Higher is served first; a queue's ageing adds so many points a minute."""

    priority: _Priority


class Assign(Body):
    """``agent`` is offered it, whatever their skills."""

    agent: _Name


class SupervisionApi:
    """Routes of these verbs. Each answers 204 when it was done."""

    def __init__(self, router: Router, settings: Settings) -> None:
        self._router = router
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        one = "/api/contacts/{contact_id}"
        supervisor, own = Needs.SUPERVISOR, Needs.OWN_CONTACT
        return [
            Route(
                method="POST", path=f"{one}/move", needs=supervisor, handler=self._move,
                summary="Let it wait in another queue, at its old age", body=Move,
            ),
            Route(
                method="POST", path=f"{one}/prioritise", needs=supervisor,
                handler=self._prioritise, summary="Let it weigh more or less", body=Prioritise,
            ),
            Route(
                method="POST", path=f"{one}/assign", needs=supervisor, handler=self._assign,
                summary="Offer it to an agent by name", body=Assign,
            ),
            Route(
                method="POST", path=f"{one}/park", needs=own, handler=self._park,
                summary="The customer is silent: free the agent",
            ),
            Route(
                method="POST", path=f"{one}/unpark", needs=own, handler=self._unpark,
                summary="Back in line at the old age, to the same agent first",
            ),
        ]  # fmt: skip

    async def _move(self, call: Call) -> None:
        want, contact_id = call.body_as(Move), call.part("contact_id")
        require_queue(self._settings, want.queue)
        await self._router.transfer_to_queue(contact_id, want.queue, priority=want.priority)

    async def _prioritise(self, call: Call) -> None:
        priority = call.body_as(Prioritise).priority
        await self._router.prioritise(call.part("contact_id"), priority, by=call.me.id)

    async def _assign(self, call: Call) -> None:
        agent = call.body_as(Assign).agent
        require_agent(self._settings, agent)
        contact = await self._router.contacts.get(call.part("contact_id"))
        if contact.state is ContactState.OFFERED and contact.agent_id == agent:
            return  # it rings there already
        await self._router.assign(contact.id, agent)

    async def _park(self, call: Call) -> None:
        contact = await self._parkable(call)
        await self._router.park(contact.id)

    async def _unpark(self, call: Call) -> None:
        await self._router.unpark((await self._parkable(call)).id)

    async def _parkable(self, call: Call) -> Contact:
        contact = await self._router.contacts.get(call.part("contact_id"))
        if contact.medium in _STREAMS:
            raise NotParkable(
                f"A contact of {contact.medium.value} cannot be parked.", hint="Put it on hold."
            )
        return contact
