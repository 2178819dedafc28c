"""What one does with a contact: ``/api/contacts/{contact_id}/<verb>``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from acd.driver import PartyMode
from acd.router import Router
from app.http.desk import CallDesk, Target
from app.http.names import require_agent, require_queue
from app.http.routes import Body, Call, Needs, Route
from config.model import Settings
from core.errors import NotAllowed
from core.log import get_logger

log = get_logger(__name__)

Number = Annotated[str, Field(pattern=r"^\+?[0-9]{2,20}$")]
Name = Annotated[str, Field(min_length=1, max_length=64)]


class Consult(Body):
    """Exactly one of ``agent`` and ``number``."""

    agent: Name | None = None
    number: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> Consult:
        if (self.agent is None) == (self.number is None):
            raise ValueError("give exactly one of agent, number")
        return self


class Transfer(Body):
    """Exactly one of ``queue``, ``agent`` and ``number``."""

    queue: Name | None = None
    agent: Name | None = None
    number: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> Transfer:
        if sum(one is not None for one in (self.queue, self.agent, self.number)) != 1:
            raise ValueError("give exactly one of queue, agent, number")
        return self


class Supervise(Body):
    """``listen`` hears both, ``whisper`` is heard by the agent, ``barge`` by both."""

    mode: Literal["listen", "whisper", "barge"]


class CallsApi:
    """Routes of the verbs. Each answers 204 when it was accepted; what then happens
    is seen on the wall."""

    def __init__(self, router: Router, desk: CallDesk, settings: Settings) -> None:
        self._router = router
        self._desk = desk
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        def verb(
            path: str, handler: str, summary: str, *,
            needs: Needs = Needs.OWN_CONTACT, body: type[Body] | None = None,
        ) -> Route:  # fmt: skip
            return Route(
                method="POST", path=f"/api/contacts/{{contact_id}}/{path}", needs=needs,
                handler=getattr(self, handler), summary=summary, body=body,
            )  # fmt: skip

        return [
            verb("hold", "_hold", "Put the customer on hold"),
            verb("resume", "_resume", "Take the customer back"),
            verb("hang-up", "_hang_up", "End it"),
            verb("transfer", "_transfer", "Blind transfer", body=Transfer),
            verb("consult", "_consult", "Call a third person meanwhile", body=Consult),
            verb("consult/complete", "_complete", "Hand over to whom one consults"),
            verb("consult/cancel", "_cancel", "End the consultation"),
            verb("recording/pause", "_pause", "Record nothing for a while"),
            verb("recording/resume", "_record", "Record on"),
            verb(
                "supervise", "_supervise", "Listen, whisper or barge in",
                needs=Needs.SUPERVISOR, body=Supervise,
            ),
        ]  # fmt: skip

    async def _require_here(self, call: Call) -> None:
        """The legs of a call are known at its node only."""
        self._router.require_here(await self._router.contacts.get(call.part("contact_id")))

    async def _hold(self, call: Call) -> None:
        await self._router.hold(call.part("contact_id"))

    async def _resume(self, call: Call) -> None:
        await self._router.resume(call.part("contact_id"))

    async def _hang_up(self, call: Call) -> None:
        await self._router.end(call.part("contact_id"))

    async def _transfer(self, call: Call) -> None:
        want, contact_id = call.body_as(Transfer), call.part("contact_id")
        if want.queue is not None:
            require_queue(self._settings, want.queue)
            await self._router.transfer_to_queue(contact_id, want.queue)
        elif want.agent is not None:
            require_agent(self._settings, want.agent)
            await self._router.transfer_to_agent(contact_id, want.agent)
        elif want.number is not None:
            await self._require_here(call)
            await self._desk.transfer_to_number(contact_id, want.number, by=call.me.id)

    async def _consult(self, call: Call) -> None:
        want = call.body_as(Consult)
        if want.agent is not None:
            require_agent(self._settings, want.agent)
        await self._require_here(call)
        target = Target(agent_id=want.agent, number=want.number)
        await self._desk.consult(call.part("contact_id"), target, by=call.me.id)

    async def _complete(self, call: Call) -> None:
        await self._require_here(call)
        await self._desk.consult_complete(call.part("contact_id"))

    async def _cancel(self, call: Call) -> None:
        await self._require_here(call)
        await self._desk.consult_cancel(call.part("contact_id"))

    async def _pause(self, call: Call) -> None:
        await self._require_here(call)
        await self._desk.pause_recording(call.part("contact_id"))

    async def _record(self, call: Call) -> None:
        await self._require_here(call)
        await self._desk.resume_recording(call.part("contact_id"))

    async def _supervise(self, call: Call) -> None:
        mode, contact_id = PartyMode(call.body_as(Supervise).mode), call.part("contact_id")
        if call.me.id not in self._settings.agents:
            raise NotAllowed(
                "The operator has no phone.", hint="Sign in as a supervisor of the configuration."
            )
        await self._require_here(call)
        await self._desk.supervise(contact_id, call.me.id, mode)
        log.info("http.supervised", contact=contact_id, mode=mode.value, by=call.me.id)
