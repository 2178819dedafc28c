"""An agent's phone dials: whose call is it, may it be, whom does it reach.

The dialplan asks (``AGI(agi://.../dial)``) before anything is rung, and reads the answer
from PARLEY_NEXT: ``call`` (a colleague; go on), ``out`` (then PARLEY_OUT_1 and so on say
how), ``hangup`` with PARLEY_CAUSE, or ``refused`` (with PARLEY_CAUSE, and the sound
PARLEY_PROMPT that says why). Without an answer (we are away) colleagues and emergency
numbers are called without a contact, which is made later.
"""

from __future__ import annotations

from contextlib import suppress

from acd.desk import ForwardKind
from acd.errors import AgentNotReady
from acd.model import Direction, EndReason, Medium
from acd.router import Router
from app.calls.sounds import Sounds
from app.phones.colleagues import Colleagues
from config.model import Settings
from core import ids
from core.errors import ParleyError
from core.log import get_logger
from core.serial import KeyedWorker
from sip.agi import AgiHangup, AgiSession, verbs
from sip.causes import Cause
from sip.outbound import CallOut, Outbound, OutboundRefused, Plan, Purpose
from sip.voice.adoption import DIALLED
from sip.voice.legs import AGENT, CONTACT, ROLE, Leg, LegTable, Role
from sip.voice.platform import Telephony

log = get_logger(__name__)

_NEXT, _CAUSE, _PROMPT = "PARLEY_NEXT", "PARLEY_CAUSE", "PARLEY_PROMPT"


class OwnCallEntrance:
    """The AGI route ``dial``."""

    def __init__(
        self, settings: Settings, telephony: Telephony, router: Router, legs: LegTable,
        worker: KeyedWorker, outbound: Outbound, sounds: Sounds, colleagues: Colleagues,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._telephony = telephony
        self._router = router
        self._legs = legs
        self._worker = worker
        self._outbound = outbound
        self._sounds = sounds
        self._colleagues = colleagues

    async def dial(self, session: AgiSession) -> None:
        """Open the contact, which takes the agent's capacity from this moment on, and
        answer whether the call may be."""
        agent_id = self._telephony.agent_at(session.channel)
        dialled = await verbs.get_variable(session, DIALLED) or ""
        if agent_id is None or not dialled:
            return  # nobody's phone: no way out
        contact_id = ids.new_id(ids.CONTACT)
        # Known first: the news of a hang-up from now on comes behind the opening.
        leg = self._legs.add(
            Leg(
                id=session.uniqueid, role=Role.CALLER, contact_id=contact_id,
                channel=session.channel, agent_id=agent_id,
            )
        )  # fmt: skip
        try:
            await self._worker.run(contact_id, "open", lambda: self._open(leg, dialled))
            if self._settings.agent_of_extension(dialled) is not None:
                await self._to_colleague(session, leg, dialled)
            else:
                await self._outside(session, leg, dialled)
        except AgiHangup:
            pass  # the Hangup event ends the contact

    async def _to_colleague(self, session: AgiSession, leg: Leg, dialled: str) -> None:
        busy = False
        try:
            await self._claim(leg.contact_id, dialled)
        except AgentNotReady:
            way = await self._colleagues.way(dialled, ForwardKind.BUSY)
            if way.kind == "hangup":
                await self._unreached(leg, EndReason.BUSY, Cause.BUSY)
                await verbs.set_variable(session, _CAUSE, int(Cause.BUSY))
                await verbs.set_variable(session, _NEXT, "hangup")
                return
            busy = True
        await self._mark(session, leg)
        await verbs.set_variable(session, _NEXT, "busy" if busy else "call")

    async def _claim(self, contact_id: str, dialled: str) -> None:
        """The colleague whose phone will ring, after forwarding, takes nothing else."""
        way = await self._colleagues.way(dialled, ForwardKind.ALL)
        colleague = self._settings.agent_of_extension(way.extension)
        if way.kind == "ring" and colleague is not None:
            await self._router.call_colleague(contact_id, colleague.id)

    async def _outside(self, session: AgiSession, leg: Leg, dialled: str) -> None:
        try:
            plan = await self._plan(leg.agent_id, dialled)
        except OutboundRefused as error:
            await self._refuse(session, leg, error.cause, error.prompt)
            return
        except ParleyError as error:
            log.warning("outbound.undecided", code=error.code)
            await self._refuse(session, leg, Cause.TEMPORARY_FAILURE, "lines-busy")
            return
        await self._mark(session, leg)
        for name, value in plan.variables().items():
            await verbs.set_variable(session, name, value)
        await verbs.set_variable(session, _NEXT, "out")

    async def _plan(self, agent_id: str, dialled: str) -> Plan:
        return await self._outbound.plan(CallOut(dialled, Purpose.AGENT, agent_id))

    async def _refuse(self, session: AgiSession, leg: Leg, cause: Cause, prompt: str) -> None:
        reason = {
            Cause.UNALLOCATED: EndReason.NUMBER_UNKNOWN, Cause.REJECTED: EndReason.NOT_ALLOWED,
        }.get(cause, EndReason.UNREACHABLE)  # fmt: skip
        await self._unreached(leg, reason, cause)
        agent = self._settings.agents.get(leg.agent_id)
        spoken = (*(agent.languages if agent else ()), *self._settings.company.languages)
        await verbs.set_variable(session, _CAUSE, int(cause))
        try:
            sound = self._sounds.sound(prompt, spoken[0])
        except ParleyError as error:  # the phone shows why
            log.warning("own_call.no_prompt", code=error.code)
            await verbs.set_variable(session, _NEXT, "hangup")
            return
        await verbs.set_variable(session, _PROMPT, sound)
        await verbs.set_variable(session, _NEXT, "refused")

    async def _unreached(self, leg: Leg, reason: EndReason, cause: Cause) -> None:
        log.info("own_call.refused", contact=leg.contact_id, reason=reason.value)
        await self._router.unreached(leg.contact_id, reason, cause=int(cause))

    async def _mark(self, session: AgiSession, leg: Leg) -> None:
        # The contact is inherited by whom the dialplan rings: both legs can be read again.
        await verbs.set_variable(session, f"__{CONTACT}", leg.contact_id)
        await verbs.set_variable(session, AGENT, leg.agent_id)
        await verbs.set_variable(session, ROLE, Role.CALLER.value)

    async def adopt(self, leg: Leg, dialled: str) -> bool:
        """The same for a call that began while we were away: it goes on in any case."""
        if dialled in self._settings.numbers:
            return False
        await self._open(leg, dialled)
        if self._settings.agent_of_extension(dialled) is not None:
            with suppress(AgentNotReady):
                await self._claim(leg.contact_id, dialled)
        return True

    async def _open(self, leg: Leg, dialled: str) -> None:
        internal = self._settings.agent_of_extension(dialled) is not None
        direction = Direction.INTERNAL if internal else Direction.OUTBOUND
        await self._router.start_outbound(
            leg.agent_id,
            medium=Medium.VOICE,
            channel="phone",
            direction=direction,
            customer_number="" if internal else self._telephony.number_of(dialled),
            dialled_number=dialled,
            address=leg.id,
            language=str(self._settings.company.languages[0]),
            contact_id=leg.contact_id,
        )
        log.info(
            "own_call.begun", contact=leg.contact_id, agent=leg.agent_id,
            direction=direction.value,
        )  # fmt: skip
