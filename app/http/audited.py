"""Every route that changes something leaves a trace in the audit: by its path, so that
none can be forgotten."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from acd.errors import AgentNotFound
from acd.model import Agent, Contact, Offer
from acd.router import Router
from app.audit.entry import DONE, Entry
from app.audit.masking import mask
from app.audit.trail import Trail
from app.http.identity import OPERATOR, Identity, Proof
from app.http.routes import Call, Route
from core.clock import Clock
from core.errors import ParleyError

CLIENT: Final = "X-Parley-Client"  # the command line says so
ACCOUNT: Final = "X-Parley-Account"  # ...and for whom
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_WORDS: Final = re.compile(r"/(?!\{)([a-z][a-z-]*)")
_SINGULAR: Final = {"agents": "agent", "contacts": "contact", "offers": "offer"}
_METHODS: Final = {"POST": "create", "PUT": "replace", "PATCH": "change", "DELETE": "delete"}
_LONGEST: Final = 64

Snapshot = dict[str, Any]


def action_of(route: Route) -> str:
    """How the audit calls what ``route`` does: ``agent.not_ready``."""
    if route.action:
        return route.action
    noun, *rest = _WORDS.findall(route.path.removeprefix("/api"))
    verbs = rest or [_METHODS[route.method]]
    return ".".join([_SINGULAR.get(noun, noun), *verbs]).replace("-", "_")


class Audited:
    """Runs handlers of routes that change something, and notes it."""

    def __init__(self, trail: Trail, router: Router, clock: Clock) -> None:
        self._trail = trail
        self._router = router
        self._clock = clock

    async def run(self, route: Route, call: Call, work: Callable[[], Awaitable[Any]]) -> Any:
        """What ``work`` returns or raises. It is not begun unless it could be noted:
        raises :class:`~app.audit.trail.AuditFull` and
        :class:`~core.redis.RedisUnavailable` then."""
        if route.method in _SAFE:
            return await work()
        kind, id_ = _target(call)
        entry = self._entry(route, call, kind, id_)
        if call.who is None:  # signing in: noted when it is known who it was
            result = await work()
            who = str(getattr(call.body, "agent_id", ""))
            await self._trail.finish(
                replace(entry, who=who).over(self._clock.now(), DONE, None, None)
            )
            return result
        before = await self._look(kind, id_)
        await self._trail.begin(entry)
        call.audit_id = entry.id
        outcome = "internal"
        try:
            result = await work()
            outcome = DONE
        except ParleyError as error:
            outcome = error.code
            raise
        finally:
            after = await self._look_again(kind, id_, before)
            await self._trail.finish(entry.over(self._clock.now(), outcome, before, after))
        return result

    def _entry(self, route: Route, call: Call, kind: str | None, id_: str | None) -> Entry:
        body = call.body.model_dump(mode="json", exclude_none=True) if call.body else {}
        headers = call.request.headers
        trusted = call.who is not None and call.who.id == OPERATOR
        account = headers.get(ACCOUNT, "")[:_LONGEST] if trusted else ""
        return Entry(
            at=self._clock.now(),
            who=call.who.id if call.who else "",
            via=_via(call.who, cli=headers.get(CLIENT) == "cli"),
            address=_address(call),
            account=account if account.isprintable() and account else None,
            action=action_of(route),
            target_kind=kind,
            target_id=id_,
            asked=mask(body),
        )

    async def _look(self, kind: str | None, id_: str | None) -> Snapshot | None:
        """What the thing is now, without anything personal."""
        if kind is None or id_ is None:
            return None
        if kind == "agent":
            try:
                return _agent(await self._router.agents.get(id_))
            except AgentNotFound:
                return None
        scene = await self._router.store.scene(kind, id_)
        found = _offer(scene.offer) if kind == "offer" and scene.offer else {}
        return {**(_contact(scene.contact) if scene.contact else {}), **found} or None

    async def _look_again(
        self, kind: str | None, id_: str | None, before: Snapshot | None
    ) -> Snapshot | None:
        try:
            return await self._look(kind, id_)
        except ParleyError:
            return before  # Redis went away: it cannot be said what it became


def _target(call: Call) -> tuple[str | None, str | None]:
    parts: Mapping[str, str] = call.request.match_info
    for kind in ("agent", "contact", "offer"):
        if (id_ := parts.get(f"{kind}_id")) is not None:
            if kind == "agent" and id_ == "me" and call.who is not None:
                id_ = call.who.id
            return kind, id_[:_LONGEST]
    return None, None


def _via(who: Identity | None, *, cli: bool) -> str:
    if who is not None and who.proof is Proof.COOKIE:
        return "page"
    return "cli" if cli and who is not None and who.id == OPERATOR else "program"


def _address(call: Call) -> str:
    """Of whoever asked; behind a trusted proxy the proxy itself as well. What anybody else
    says of where they come from is noted as what it is."""
    remote = call.request.remote or ""
    if call.address and call.address != remote:
        return f"{call.address} via {remote}"
    told = call.request.headers.get("X-Forwarded-For", "")[:_LONGEST]
    return f"{remote}, who says {told}" if told and told.isprintable() else remote


def _agent(agent: Agent) -> Snapshot:
    return {
        "presence": agent.presence.value,
        "state": agent.state.value,
        "reason": agent.reason,
        "device": agent.device,
        "forwards": sorted(agent.forwards),
        "assignments": {
            one.contact_id: {
                "medium": one.medium.value, "state": one.state.value,
                "until": None if one.until is None else one.until.isoformat(),
            }
            for one in agent.assignments
        },
        "version": agent.version,
    }  # fmt: skip


def _contact(contact: Contact) -> Snapshot:
    return {
        "state": contact.state.value,
        "queue": contact.queue,
        "priority": contact.priority,
        "agent_id": contact.agent_id,
        "consult_agent_id": contact.consult_agent_id,
        "offer_id": contact.offer_id,
        "language": contact.language,
        "disposition": contact.disposition,
        "attributes": sorted(contact.attributes),  # the names: values are personal
        "call_back": contact.call_back is not None,
        "end_reason": contact.end_reason.value if contact.end_reason else None,
        "version": contact.version,
    }


def _offer(offer: Offer) -> Snapshot:
    return {"offer_state": offer.state.value, "offer_version": offer.version}
