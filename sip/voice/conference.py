"""Further people in a conversation who talk and hear like everybody (a conference).

They enter the bridge in which the agent is; it mixes as many as there are. The recording
hangs on the customer's leg and goes on. When customer or agent hangs up, all are let go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from acd.contact_states import ContactState
from acd.router import Router
from core import ids
from core.errors import Conflict, Full, NotFound, ParleyError
from sip import verbs
from sip.ami import AmiClient, caller_id
from sip.outbound import CallOut, Outbound, Purpose
from sip.voice.desk import Target
from sip.voice.give_up import give_up
from sip.voice.legs import Leg, LegTable, Role
from sip.voice.platform import Telephony

_RING_SECONDS = 45.0
_MOST_MEMBERS = 20


class NoSuchMember(NotFound):
    """Nobody of that id is in the conversation."""

    code: ClassVar[str] = "no_such_member"


class NotTalking(Conflict):
    """Customer and agent do not talk with each other now."""

    code: ClassVar[str] = "not_talking"


class AlreadyMember(Conflict):
    """The agent is in the conversation already."""

    code: ClassVar[str] = "already_member"


class ConferenceFull(Full):
    """There are as many members as there may be."""

    code: ClassVar[str] = "conference_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """``agent_id`` is '' for somebody outside; ``talking`` once they have answered."""

    id: str
    agent_id: str = field(default="")
    talking: bool
    muted: bool


class Conference:
    """The members of voice conversations."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, router: Router, outbound: Outbound,
        telephony: Telephony,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._router = router
        self._outbound = outbound
        self._telephony = telephony

    def members(self, contact_id: str) -> list[Member]:
        """Everybody but customer and agent, in the order in which they were called."""
        return [
            Member(id=leg.id, agent_id=leg.agent_id, talking=leg.up, muted=leg.muted)
            for leg in self._legs.of(contact_id, Role.MEMBER)
            if not leg.cancelled
        ]

    async def add(self, contact_id: str, target: Target, *, by: str | None = None) -> str:
        """Call ``target``, who enters when they answer; their id. A number outside is called
        under the outbound rules, with the rights of ``by``, who asks (None: the agent of the
        contact). Raises
        :class:`NotTalking`, :class:`AlreadyMember`, :class:`ConferenceFull`, and what the
        rules and AMI raise."""
        contact = await self._router.contacts.get(contact_id)
        agent_leg = self._legs.agent(contact_id)
        if contact.state is not ContactState.CONNECTED or agent_leg is None:
            raise NotTalking(
                "Customer and agent do not talk now.", hint="Resume the conversation first."
            )
        members = self.members(contact_id)
        if len(members) >= _MOST_MEMBERS:
            raise ConferenceFull(f"There are {len(members)} members already.")
        wanted = target.agent_id or ""
        if wanted and wanted in (contact.agent_id, *(one.agent_id for one in members)):
            raise AlreadyMember(f"{wanted} is in this conversation already.")
        # Known before the first wait, so that nobody is called twice.
        leg = self._legs.add(
            Leg(
                id=ids.new_id(ids.CHANNEL), role=Role.MEMBER, contact_id=contact_id,
                agent_id=wanted,
            )
        )  # fmt: skip
        try:
            asker = by if by is not None else contact.agent_id
            await self._call(leg, target, agent_leg, asker)
        except ParleyError as error:
            give_up(self._legs, leg, error)
            raise
        return leg.id

    async def _call(self, leg: Leg, target: Target, agent_leg: Leg, by: str | None) -> None:
        if target.agent_id:
            device, shown = f"PJSIP/{self._telephony.device_of(target.agent_id)}", ""
            more: dict[str, str] = {}
        else:
            plan = await self._outbound.plan(CallOut(target.number or "", Purpose.CONSULT, by))
            way = plan.ways[0]
            device, more = way.device, verbs.on_trunk(way.trunk)
            shown = caller_id("", way.caller_id) if way.caller_id else ""
        await verbs.join(
            self._ami, device, leg.id, agent_leg.target, seconds=_RING_SECONDS, caller_id=shown,
            variables={**leg.variables(), **more},
        )  # fmt: skip

    async def mute(self, contact_id: str, member_id: str, muted: bool) -> None:
        """Let nobody hear the member, or everybody again. Raises :class:`NoSuchMember`."""
        leg = self._member(contact_id, member_id)
        await verbs.mute(self._ami, leg.target, muted)
        leg.muted = muted

    async def remove(self, contact_id: str, member_id: str) -> None:
        """Let the member go, also one who is still rung. Raises :class:`NoSuchMember`."""
        leg = self._member(contact_id, member_id)
        leg.cancelled = True
        await verbs.hang_up(self._ami, leg.target)

    def _member(self, contact_id: str, member_id: str) -> Leg:
        for leg in self._legs.of(contact_id, Role.MEMBER):
            if leg.id == member_id and not leg.cancelled:
                return leg
        raise NoSuchMember("Nobody of that id is in this conversation.")
