"""An agent is called directly: where does the call go?

The dialplan asks (``AGI(agi://.../colleague)``, context ``parley-colleague``) before it
rings, and again when nobody answered; see there for the answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from acd.agent_states import AgentState
from acd.desk import ForwardKind
from acd.model import Agent
from acd.router import Router
from app.phones.places import Places
from config.codes import DO_NOT_DISTURB
from config.model import Settings
from core.errors import BadInput, ParleyError
from core.log import get_logger
from sip.agi import AgiHangup, AgiSession, verbs
from sip.causes import Cause
from sip.outbound import CallOut, Outbound, OutboundRefused, OutboundRules, Purpose

log = get_logger(__name__)

_MOST_FORWARDS = 4  # from colleague to colleague; one more is a circle


@dataclass(frozen=True, slots=True)
class Way:
    """``kind`` is ring (``to`` a device, of ``extension``), out (``to`` a number, as
    ``agent_id`` wants it) or hangup."""

    kind: str
    to: str = ""
    extension: str = ""
    agent_id: str = ""
    cause: Cause = Cause.NORMAL


class Colleagues:
    """The AGI route ``colleague``, and the rule of what calls may be forwarded to."""

    def __init__(
        self, settings: Settings, router: Router, places: Places, outbound: Outbound
    ) -> None:
        self._settings = settings
        self._router = router
        self._places = places
        self._outbound = outbound

    async def find(self, session: AgiSession) -> None:
        """Answer the dialplan."""
        try:
            extension = await verbs.get_variable(session, "PARLEY_COLLEAGUE") or ""
            why = await verbs.get_variable(session, "PARLEY_WHY") or ForwardKind.ALL.value
            way = await self.way(extension, ForwardKind(why))
            variables: dict[str, str] = {}
            if way.kind == "out":
                try:
                    plan = await self._outbound.plan(
                        CallOut(way.to, Purpose.TRANSFER, way.agent_id)
                    )
                    variables = plan.variables()
                except OutboundRefused as error:
                    way = Way("hangup", extension=way.extension, cause=error.cause)
                except ParleyError as error:
                    log.warning("call.not_forwarded", agent=way.agent_id, code=error.code)
                    way = Way("hangup", extension=way.extension, cause=Cause.TEMPORARY_FAILURE)
            for name, value in variables.items():
                await verbs.set_variable(session, name, value)
            await verbs.set_variable(session, "PARLEY_COLLEAGUE", way.extension)
            await verbs.set_variable(session, "PARLEY_DEVICE", way.to)
            await verbs.set_variable(session, "PARLEY_CAUSE", int(way.cause))
            await verbs.set_variable(session, "PARLEY_NEXT", way.kind)
        except AgiHangup:
            pass

    async def way(self, extension: str, why: ForwardKind) -> Way:
        """Where a direct call to ``extension`` goes; ``why``: what became of it until now."""
        for _ in range(_MOST_FORWARDS):
            person = self._settings.agent_of_extension(extension)
            if person is None:
                return Way("hangup", extension=extension, cause=Cause.UNALLOCATED)
            agent = await self._router.agents.get(person.id)
            to = _forwarded(agent, why)
            if to is None:
                return self._as_it_is(agent, extension, why)
            log.info("call.forwarded", agent=agent.id, why=why.value)
            if self._settings.agent_of_extension(to) is None:
                return Way("out", to, extension, agent.id)
            extension, why = to, ForwardKind.ALL
        log.warning("call.forwarded_in_a_circle", extension=extension)
        return Way("hangup", extension=extension, cause=Cause.BUSY)

    def _as_it_is(self, agent: Agent, extension: str, why: ForwardKind) -> Way:
        if why is ForwardKind.NO_ANSWER:
            return Way("hangup", extension=extension, cause=Cause.NO_ANSWER)
        if why is ForwardKind.BUSY or _undisturbed(agent):
            return Way("hangup", extension=extension, cause=Cause.BUSY)
        return Way("ring", self._places.device_of(agent.id), extension)


def _undisturbed(agent: Agent) -> bool:
    return agent.reason == DO_NOT_DISTURB and agent.state is AgentState.NOT_READY


def _forwarded(agent: Agent, why: ForwardKind) -> str | None:
    """Where the agent wants the call; None: nowhere else."""
    if (to := agent.forwards.get(ForwardKind.ALL.value)) is not None:
        return to
    if why is ForwardKind.ALL and not _undisturbed(agent):
        return None
    kind = ForwardKind.NO_ANSWER if why is ForwardKind.NO_ANSWER else ForwardKind.BUSY
    return agent.forwards.get(kind.value)


def require_forwardable(settings: Settings, agent_id: str, number: str) -> None:
    """Raises unless the agent may forward calls to ``number``: a colleague's extension, or
    what the outbound rules let the agent call. Never an emergency number."""
    if settings.agent_of_extension(number) is not None:
        return
    plan = OutboundRules(settings).decide(CallOut(number, Purpose.TRANSFER, agent_id))
    if plan.emergency:
        raise BadInput("Calls are not forwarded to an emergency number.")
