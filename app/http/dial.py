"""Click-to-dial: ``/api/agents/{agent_id}/calls``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from app.http.names import require_agent, require_queue
from app.http.routes import Body, Call, Needs, Route
from config.model import Settings
from sip.voice.click_to_dial import ClickToDial, Wanted


class Dial(Body):
    """``to`` is what the agent would dial: a number outside, or a colleague's extension.
    ``queue``: whose rules (wrap-up, dispositions, recording) hold. ``caller_id``: the number
    to show, one that the agent may. ``key``: the same again is the same call, for a day; with
    other fields it is refused (``dial_key_reused``)."""

    to: Annotated[str, Field(pattern=r"^\+?[0-9]{2,20}$")]
    queue: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    caller_id: Annotated[str, Field(pattern=r"^\+?[0-9]{2,20}$")] | None = None
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = None


class Dialled(TypedDict):
    """The contact, which is followed like any other: ``dialling``, then ``connected``, or
    ended with a reason (busy, no_answer, declined, unreachable, number_unknown, cancelled,
    agent_unreached). ``hang-up`` of the contact cancels it."""

    contact_id: str


class DialApi:
    """The route of calls that agents begin at their screen."""

    def __init__(self, dial: ClickToDial, settings: Settings) -> None:
        self._dial = dial
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST", path="/api/agents/{agent_id}/calls", needs=Needs.OWN_AGENT,
                handler=self._call, body=Dial, returns=Dialled, action="agent.dial",
                summary="Ring the agent's phone, then whom they want to talk with",
            )
        ]  # fmt: skip

    async def _call(self, call: Call) -> Dialled:
        want = call.body_as(Dial)
        named = call.part("agent_id")
        agent_id = call.me.id if named == "me" else named
        require_agent(self._settings, agent_id)
        if want.queue is not None:
            require_queue(self._settings, want.queue)
        wanted = Wanted(
            agent_id=agent_id, to=want.to, key=want.key or "", queue=want.queue,
            shown=want.caller_id,
        )  # fmt: skip
        return {"contact_id": await self._dial.dial(wanted)}
