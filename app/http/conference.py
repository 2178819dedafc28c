"""Who else is in a conversation: ``/api/contacts/{contact_id}/members``.

Rights: the agent of the contact, and supervisors, add, mute and remove. Whoever was added
leaves by hanging up. Supervisors who listen are no members and are not told of here.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from app.http.calls import Consult
from app.http.names import require_agent
from app.http.routes import Body, Call, Needs, Route
from config.model import Settings
from sip.voice.conference import Conference
from sip.voice.desk import Target


class Mute(Body):
    """Whether nobody is to hear them."""

    muted: bool


class MemberView(TypedDict):
    """``agent_id`` is '' for somebody outside; ``talking`` once they have answered."""

    id: str
    agent_id: str
    talking: bool
    muted: bool


class ConferenceApi:
    """Routes of members."""

    def __init__(self, conference: Conference, settings: Settings) -> None:
        self._conference = conference
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        all_, own = "/api/contacts/{contact_id}/members", Needs.OWN_CONTACT
        one = f"{all_}/{{member_id}}"
        return [
            Route(
                method="GET", path=all_, needs=own, handler=self._list,
                summary="Who else is in the conversation", returns=list[MemberView],
            ),
            Route(
                method="POST", path=all_, needs=own, handler=self._add, body=Consult,
                summary="Call an agent or a number into the conversation", returns=MemberView,
                action="contact.member.add",
            ),
            Route(
                method="POST", path=f"{one}/mute", needs=own, handler=self._mute, body=Mute,
                summary="Let nobody hear a member, or everybody again",
                action="contact.member.mute",
            ),
            Route(
                method="DELETE", path=one, needs=own, handler=self._remove,
                summary="Let a member go", action="contact.member.remove",
            ),
        ]  # fmt: skip

    async def _list(self, call: Call) -> list[MemberView]:
        return self._views(call.part("contact_id"))

    async def _add(self, call: Call) -> MemberView:
        want, contact_id = call.body_as(Consult), call.part("contact_id")
        if want.agent is not None:
            require_agent(self._settings, want.agent)
        target = Target(agent_id=want.agent, number=want.number)
        member = await self._conference.add(contact_id, target, by=call.me.id)
        found = [view for view in self._views(contact_id) if view["id"] == member]
        gone: MemberView = {"id": member, "agent_id": "", "talking": False, "muted": False}
        return found[0] if found else gone

    async def _mute(self, call: Call) -> None:
        muted = call.body_as(Mute).muted
        await self._conference.mute(call.part("contact_id"), call.part("member_id"), muted)

    async def _remove(self, call: Call) -> None:
        await self._conference.remove(call.part("contact_id"), call.part("member_id"))

    def _views(self, contact_id: str) -> list[MemberView]:
        return [
            {"id": one.id, "agent_id": one.agent_id, "talking": one.talking, "muted": one.muted}
            for one in self._conference.members(contact_id)
        ]
