"""The whole configuration as one frozen, typed model.

One file a noun beside this one; what must fit together across sections is
checked in ``config.checks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import Field, model_validator

from config.agents import AgentSettings
from config.base import FilePath, Label, Login, Name, Number, Section, SkillName, keyed
from config.call_backs import CallBacks
from config.capacity import Capacity
from config.codes import Disposition, ReasonCode
from config.company import Company
from config.feature_codes import FeatureCodes
from config.hearing import HearingSettings
from config.hours import Hours
from config.media import Media
from config.numbering import Numbering
from config.numbers import InboundNumber
from config.outbound import Outbound
from config.own_calls import OwnCalls
from config.parking_slots import ParkingSlotSettings
from config.phones import Phones
from config.problems import listing, nearest
from config.queues import Queue
from config.server import Server
from config.shared_phones import SharedPhone
from config.sip import Sip
from config.synthesis import Synthesis
from config.trunks import OutboundRoute, Trunk
from config.understanding import Understanding
from core.errors import NotFound

T = TypeVar("T")


class UnknownName(NotFound):
    """The configuration has nothing of that name."""

    code: ClassVar[str] = "unknown_name"


class Settings(Section):
    """Everything that is configured. Things are kept by name, in written order."""

    company: Company = Company()
    sip: Sip = Sip()
    phones: Phones = Phones()
    trunks: Annotated[dict[Name, Trunk], keyed("name")] = Field(default_factory=dict)
    numbers: Annotated[dict[Number, InboundNumber], keyed("number")] = Field(default_factory=dict)
    skills: dict[SkillName, Label] = Field(default_factory=dict)
    queues: Annotated[dict[Name, Queue], keyed("name")] = Field(default_factory=dict)
    agents: Annotated[dict[Login, AgentSettings], keyed("id")] = Field(default_factory=dict)
    shared_phones: Annotated[dict[Name, SharedPhone], keyed("name")] = Field(default_factory=dict)
    capacity: Capacity = Capacity()
    call_backs: CallBacks = CallBacks()
    feature_codes: FeatureCodes = FeatureCodes()
    own_calls: OwnCalls = OwnCalls()
    parking_slots: ParkingSlotSettings = ParkingSlotSettings()
    hours: Annotated[dict[Name, Hours], keyed("name")] = Field(default_factory=dict)
    routes: Annotated[dict[Name, OutboundRoute], keyed("name")] = Field(default_factory=dict)
    outbound: Outbound = Outbound()
    not_ready_reasons: Annotated[dict[Name, ReasonCode], keyed("code")] = Field(
        default_factory=dict
    )
    dispositions: Annotated[dict[Name, Disposition], keyed("code")] = Field(default_factory=dict)
    flows: dict[Name, FilePath] = Field(default_factory=dict)
    media: Media = Media()
    hearing: HearingSettings = HearingSettings()
    synthesis: Synthesis = Synthesis()
    understanding: Understanding = Understanding()
    server: Server = Server()

    @model_validator(mode="before")
    @classmethod
    def _company_zone(cls, value: Any) -> Any:
        """Hours without a zone use the company's."""
        if not isinstance(value, dict) or not isinstance(value.get("hours"), dict):
            return value
        company = value.get("company")
        zone = company.get("time_zone") if isinstance(company, dict) else None
        if zone is None:
            return value
        hours = {
            name: {"time_zone": zone, **item} if isinstance(item, dict) else item
            for name, item in value["hours"].items()
        }
        return {**value, "hours": hours}

    def queue(self, name: str) -> Queue:
        """The queue called ``name``; raises :class:`UnknownName`."""
        return _find(self.queues, name, "queue")

    def agent(self, login: str) -> AgentSettings:
        """The agent who logs in as ``login``; raises :class:`UnknownName`."""
        return _find(self.agents, login, "agent")

    def trunk(self, name: str) -> Trunk:
        """The trunk called ``name``; raises :class:`UnknownName`."""
        return _find(self.trunks, name, "trunk")

    def flow(self, name: str) -> Path:
        """The file of the flow called ``name``; raises :class:`UnknownName`."""
        return _find(self.flows, name, "flow")

    def agent_of_extension(self, extension: str) -> AgentSettings | None:
        """Whose phone ``extension`` is."""
        return next((a for a in self.agents.values() if a.extension == extension), None)

    def numbering_of(self, trunk: str) -> Numbering:
        """How ``trunk`` writes numbers."""
        own = self.trunks[trunk].numbering if trunk in self.trunks else None
        return self.company.numbering if own is None else own

    def inbound_number(self, dialled: str, trunk: str) -> InboundNumber | None:
        """Which of our numbers ``dialled`` is, in whatever form ``trunk`` sent it."""
        ours = {number.number: number for number in self.numbers_of(trunk)}
        numbering = self.numbering_of(trunk)
        for form in (dialled, *numbering.forms(dialled)):
            if form in ours:
                return ours[form]
        return next((number for own, number in ours.items() if numbering.same(own, dialled)), None)

    def route_of(self, number: str) -> OutboundRoute | None:
        """The first route that takes ``number``, as it is dialled."""
        return next((r for r in self.routes.values() if r.takes(number)), None)

    def dialled_for(self, customer: str) -> str | None:
        """What is dialled to call back who called with the number ``customer``; None if
        no outbound route for call-backs takes it."""
        routes, prefix = self.call_backs.routes, self.call_backs.prefix
        forms = dict.fromkeys((customer, *self.company.numbering.forms(customer)))
        for dialled in dict.fromkeys(p + form for form in forms for p in (prefix, "") if form):
            route = self.route_of(dialled)
            if route is not None and (not routes or route.name in routes):
                return dialled
        return None

    def numbers_of(self, trunk: str) -> tuple[InboundNumber, ...]:
        """The numbers that callers of ``trunk`` can reach."""
        return tuple(n for n in self.numbers.values() if n.trunk in ("any", trunk))


def _find(things: Mapping[str, T], name: str, kind: str) -> T:
    if name in things:
        return things[name]
    near = nearest(name, things)
    raise UnknownName(
        f"There is no {kind} {name!r}.",
        hint=f"Did you mean {near!r}?" if near else f"There are: {listing(things)}.",
    )
