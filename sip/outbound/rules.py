"""The rules of calls out, without what changes from call to call: a pure function of the
configuration."""

from __future__ import annotations

from collections.abc import Iterable

from config.model import Settings
from config.number_kinds import NumberKind
from config.outbound import INTERNATIONAL, PREMIUM
from config.trunks import OutboundRoute, Trunk
from sip.outbound.errors import (
    CallerIdNotAllowed,
    NumberForbidden,
    NumberNotAllowed,
    RightMissing,
)
from sip.outbound.plan import UNBOUNDED, CallOut, Plan, Purpose, Way

_EMERGENCY_RING_SECONDS = 120
# A flow's author wrote the number into the configuration; nobody else is asked for a right.
_NEEDS_NO_RIGHT = (Purpose.FLOW,)


class OutboundRules:
    """Decides by the configuration alone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._numbering = settings.company.numbering

    def decide(self, wanted: CallOut) -> Plan:
        """How ``wanted`` goes out. Raises an
        :class:`~sip.outbound.errors.OutboundRefused` where it may not."""
        outbound = self._settings.outbound
        emergency = outbound.emergency.number_of(wanted.number)
        # Who calls us chooses what a call-back dials: that is no emergency of ours.
        if emergency is not None and wanted.purpose is not Purpose.CALL_BACK:
            return self._emergency(wanted, emergency)
        route = self._settings.route_of(wanted.number)
        if route is None or emergency is not None:
            raise NumberNotAllowed(
                "This is no number that may be dialled.",
                hint="Dial a number that a route under 'routes' takes.",
            )
        asked = route.number_for(wanted.number)
        self._require_allowed(wanted, route, asked)
        ways = tuple(
            self._way(wanted, route, self._settings.trunk(name), asked) for name in route.in_order
        )
        return Plan(wanted, route.name, ways)

    def _emergency(self, wanted: CallOut, number: str) -> Plan:
        settings = self._settings.outbound.emergency
        names = settings.trunks or [
            t.name for t in self._settings.trunks.values()
            if t.carrier is not None and t.takes_calls_out
        ]  # fmt: skip
        if not names:
            raise NumberNotAllowed(
                "No trunk takes calls out.", hint="Give a trunk a 'carrier' in the configuration."
            )
        ways = tuple(
            Way(
                name, number, settings.caller_id or self._settings.trunk(name).caller_id or "",
                _EMERGENCY_RING_SECONDS, UNBOUNDED,
            )
            for name in names
        )  # fmt: skip
        return Plan(wanted, "", ways, emergency=True)

    def _require_allowed(self, wanted: CallOut, route: OutboundRoute, asked: str) -> None:
        outbound = self._settings.outbound
        # A trunk may want more digits than the number has; what people dial counts too.
        before = route.dialled_part(wanted.number)
        kind = self._numbering.kind(asked, before)
        forms = {*self._forms(asked), *kind.forms, wanted.number}
        if not kind.clear:
            forms.update(self._forms(before))
        if _begins(outbound.forbidden, forms, kind):
            raise NumberForbidden("Nobody may call this number.", hint="See 'outbound.forbidden'.")
        if wanted.purpose in _NEEDS_NO_RIGHT:
            return
        agent = self._settings.agents.get(wanted.agent_id or "")
        rights = set(agent.may_dial) if agent is not None else set()
        needed = [
            right for right, prefixes in outbound.guarded.items() if _begins(prefixes, forms, kind)
        ]
        needed += [route.right] if route.right is not None else []
        if missing := [right for right in needed if right not in rights]:
            raise RightMissing(
                f"This call needs the right {missing[0]!r}.",
                hint="An agent has it whose 'may_dial' names it.",
                right=missing[0],
            )

    def _forms(self, asked: str) -> tuple[str, ...]:
        """Every way in which the number that a trunk is asked for may be written."""
        whole = self._numbering.e164(asked)
        return tuple(dict.fromkeys((asked, whole, *self._numbering.forms(asked))))

    def _way(self, wanted: CallOut, route: OutboundRoute, trunk: Trunk, asked: str) -> Way:
        return Way(
            trunk.name, asked, self._caller_id(wanted, route, trunk), route.ring_seconds,
            trunk.max_calls,
        )  # fmt: skip

    def _caller_id(self, wanted: CallOut, route: OutboundRoute, trunk: Trunk) -> str:
        agent = self._settings.agents.get(wanted.agent_id or "")
        own = agent.caller_ids if agent is not None else ()
        usual = route.caller_id or trunk.caller_id or ""
        if wanted.caller_id is not None:
            if wanted.caller_id not in (*own, usual):
                raise CallerIdNotAllowed(
                    "This agent may not show that number.",
                    hint="It must be one of the agent's 'caller_ids', or the route's.",
                )
            return wanted.caller_id
        # A customer who is called back or sent on sees the company, not an agent.
        return own[0] if own and wanted.purpose is Purpose.AGENT else usual


def _begins(prefixes: Iterable[str], forms: Iterable[str], kind: NumberKind) -> bool:
    for prefix in prefixes:
        if prefix == PREMIUM:
            if kind.premium:
                return True
        elif prefix == INTERNATIONAL:
            if kind.international:
                return True
        elif any(form.startswith(prefix) for form in forms):
            return True
    return False
