"""Click-to-dial: an agent's phone is rung, then whom they want to talk with.

When the agent has answered, the call goes the way of one that they dialled by hand, so
that there is one kind of own call: see :mod:`sip.voice.own_calls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acd.errors import AgentNotReady
from acd.model import Contact, Direction, EndReason, Medium
from acd.router import Router
from core import ids
from core.errors import ParleyError
from core.log import get_logger
from core.redis import Keys
from core.serial import KeyedWorker
from sip import verbs
from sip.ami import AmiClient, caller_id
from sip.asterisk.generate import dialplan
from sip.causes import Cause
from sip.outbound import CallOut, Outbound, Purpose
from sip.voice.adoption import DIALLED
from sip.voice.dialled_once import DialledOnce
from sip.voice.legs import CONTACT, Leg, LegTable, Role
from sip.voice.platform import Telephony

log = get_logger(__name__)

_AUTO_ANSWER = "<sip:parley>;answer-after=0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """``to`` is dialled for the agent. ``key`` makes it once only: the same key again
    within a day gives the contact of the first time, if all else is the same too. ``queue``
    is whose rules hold for the contact; ``shown`` the number to show, None: the usual one."""

    agent_id: str
    to: str
    key: str = ""
    queue: str | None = None
    shown: str | None = None


class ClickToDial:
    """``seconds``: how long the agent's phone rings; ``auto_answer`` asks it to answer by
    itself (header ``Call-Info`` with ``answer-after=0``)."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, router: Router, telephony: Telephony,
        outbound: Outbound, keys: Keys, *, seconds: float, auto_answer: bool, language: str,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._router = router
        self._telephony = telephony
        self._outbound = outbound
        self._keys = keys
        self._seconds = seconds
        self._auto_answer = auto_answer
        self._language = language
        self._asked = KeyedWorker("click-to-dial")
        self._dialled_once = DialledOnce(router.store)

    async def close(self) -> None:
        await self._asked.close()

    async def dial(self, wanted: Wanted) -> str:
        """Ring the agent's phone, and then whom they want; the contact's id. Raises
        :class:`~acd.errors.AgentNotReady` (of the agent, or of a colleague who is called),
        :class:`~acd.errors.UnknownQueue`, what the outbound rules refuse
        (:mod:`sip.outbound.errors`), :class:`~sip.voice.dialled_once.KeyReused` and
        :class:`~sip.ami.AmiDown`."""
        if not wanted.key:
            contact_id = ids.new_id(ids.CONTACT)
            await self._dial(wanted, contact_id)
            return contact_id
        # In turn, so that a second request learns whether the first was refused.
        return await self._asked.run(wanted.agent_id, "dial", lambda: self._once(wanted))

    async def _once(self, wanted: Wanted) -> str:
        key = self._keys("dial", wanted.agent_id, wanted.key)
        contact_id = ids.new_id(ids.CONTACT)
        return await self._dialled_once.run(
            key,
            (wanted.to, wanted.queue, wanted.shown),
            contact_id,
            lambda: self._dial(wanted, contact_id),
        )

    async def _dial(self, wanted: Wanted, contact_id: str) -> None:
        colleague = self._telephony.agent_of(wanted.to)
        leg = Leg(
            id=ids.new_id(ids.CHANNEL), role=Role.CALLER, contact_id=contact_id,
            agent_id=wanted.agent_id, rings_first=True,
        )  # fmt: skip
        if colleague is None:
            # Asked first: nobody's phone is to ring for a number that may not be dialled.
            self._outbound.rules.decide(self._call_out(wanted))
        contact = await self._open(wanted, leg, internal=colleague is not None)
        try:
            if colleague is not None:
                await self._router.call_colleague(contact.id, colleague)
                variables: Mapping[str, str] = {}
            else:
                variables = (await self._outbound.plan(self._call_out(wanted))).variables()
        except ParleyError as error:
            busy = isinstance(error, AgentNotReady)
            reason = EndReason.BUSY if busy else EndReason.NOT_ALLOWED
            await self._router.unreached(contact.id, reason)
            raise
        await self._ring(wanted, leg, colleague, variables)

    def _call_out(self, wanted: Wanted) -> CallOut:
        return CallOut(wanted.to, Purpose.AGENT, wanted.agent_id, wanted.shown)

    async def _open(self, wanted: Wanted, leg: Leg, *, internal: bool) -> Contact:
        return await self._router.start_outbound(
            wanted.agent_id,
            medium=Medium.VOICE,
            channel="phone",
            direction=Direction.INTERNAL if internal else Direction.OUTBOUND,
            customer_number="" if internal else self._telephony.number_of(wanted.to),
            dialled_number=wanted.to,
            address=leg.id,
            language=self._language,
            queue=wanted.queue,
            contact_id=leg.contact_id,
            only_if_free=True,
        )

    async def _ring(
        self, wanted: Wanted, leg: Leg, colleague: str | None, variables: Mapping[str, str]
    ) -> None:
        own = {name: value for name, value in leg.variables().items() if name != CONTACT}
        more = {
            **own, f"__{CONTACT}": leg.contact_id, DIALLED: wanted.to,
            **{name: value for name, value in variables.items() if value},
        }  # fmt: skip
        if self._auto_answer:
            more["PJSIP_HEADER(add,Call-Info)"] = _AUTO_ANSWER
        self._legs.add(leg)
        log.info("click_to_dial.rings", contact=leg.contact_id, agent=wanted.agent_id)
        try:
            await verbs.ring(
                self._ami,
                f"PJSIP/{self._telephony.device_of(wanted.agent_id)}",
                leg.id,
                seconds=self._seconds,
                caller_id=caller_id("", wanted.to),
                variables=more,
                context=dialplan.OUTBOUND if colleague is None else dialplan.COLLEAGUE,
                extension="s" if colleague is None else wanted.to,
            )
        except ParleyError:
            self._legs.remove(leg.id)
            await self._router.unreached(
                leg.contact_id, EndReason.AGENT_UNREACHED, cause=int(Cause.TEMPORARY_FAILURE)
            )
            raise
