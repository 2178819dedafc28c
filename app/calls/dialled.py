"""What an agent dials by hand: asked here before it goes out.

The dialplan asks (``AGI(agi://.../dial)``) and reads the answer from channel variables:
``PARLEY_NEXT`` is ``out`` (then PARLEY_OUT_1 and so on say how) or ``refused`` (with
PARLEY_CAUSE, and the sound PARLEY_PROMPT that says why).
"""

from __future__ import annotations

from app.calls.sounds import Sounds
from config.model import Settings
from core.errors import ParleyError
from core.log import get_logger
from sip.agi import AgiHangup, AgiSession, verbs
from sip.causes import Cause
from sip.outbound import CallOut, Outbound, OutboundRefused, Purpose

log = get_logger(__name__)

DIALLED = "PARLEY_DIALLED"
PROMPT, CAUSE = "PARLEY_PROMPT", "PARLEY_CAUSE"


class Dialled:
    """The AGI route ``dial``."""

    def __init__(self, outbound: Outbound, sounds: Sounds, settings: Settings) -> None:
        self._outbound = outbound
        self._sounds = sounds
        self._settings = settings

    async def dial(self, session: AgiSession) -> None:
        """Answer whether the call may go out."""
        try:
            number = await verbs.get_variable(session, DIALLED) or ""
            agent_id = self._agent_of(session.channel)
            try:
                plan = await self._outbound.plan(CallOut(number, Purpose.AGENT, agent_id))
            except OutboundRefused as error:
                await self._refuse(session, agent_id, error.cause, error.prompt)
                return
            except ParleyError as error:
                log.warning("outbound.undecided", code=error.code)
                await self._refuse(session, agent_id, Cause.TEMPORARY_FAILURE, "lines-busy")
                return
            for name, value in plan.variables().items():
                await verbs.set_variable(session, name, value)
            await verbs.set_variable(session, "PARLEY_NEXT", "out")
        except AgiHangup:
            pass

    async def _refuse(
        self, session: AgiSession, agent_id: str | None, cause: Cause, prompt: str
    ) -> None:
        agent = self._settings.agents.get(agent_id or "")
        spoken = (*(agent.languages if agent else ()), *self._settings.company.languages)
        await verbs.set_variable(session, PROMPT, self._sounds.sound(prompt, spoken[0]))
        await verbs.set_variable(session, CAUSE, int(cause))
        await verbs.set_variable(session, "PARLEY_NEXT", "refused")

    def _agent_of(self, channel: str) -> str | None:
        """Whose phone called, by the channel's endpoint: the caller id can be set by the
        phone."""
        endpoint = channel.removeprefix("PJSIP/").rpartition("-")[0]
        agent = self._settings.agent_of_extension(endpoint)
        return agent.id if agent is not None else None
