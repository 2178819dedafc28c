"""Whether a call may go out now: the rules, and what changes from call to call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from config.model import Settings
from core.log import get_logger
from core.metrics import outbound_calls_total
from sip.outbound.errors import (
    AgentLimit,
    MinutesUsedUp,
    OutboundRefused,
    RouteLimit,
    TrunkFull,
    TrunkLimit,
)
from sip.outbound.plan import CallOut, Plan, Way
from sip.outbound.rules import OutboundRules
from sip.outbound.usage import Limit, Usage

log = get_logger(__name__)

_REACHED: dict[str, tuple[type[OutboundRefused], str, str]] = {
    "agent": (
        AgentLimit, "You have made as many calls within an hour as an agent may.",
        "See 'outbound.agent_calls_per_hour'.",
    ),
    "route": (
        RouteLimit, "As many calls as may have gone out on this route within an hour.",
        "See 'calls_per_hour' of the route.",
    ),
}  # fmt: skip


class Talk(Protocol):
    """Tells how long a trunk has talked."""

    async def seconds_today(self, trunk: str) -> float: ...


class Outbound:
    """Asked before every call out.

    ``calls_on`` tells how many calls a trunk carries now, ``is_down`` whether it is known
    to be unreachable or not registered: such a trunk is tried last, because what we know
    may be old. ``on_emergency`` is called for each emergency call.
    """

    def __init__(
        self,
        settings: Settings,
        usage: Usage,
        talk: Talk,
        calls_on: Callable[[str], Awaitable[int]],
        *,
        is_down: Callable[[str], bool] = lambda trunk: False,
    ) -> None:
        self.rules = OutboundRules(settings)
        self._settings = settings
        self._usage = usage
        self._talk = talk
        self._calls_on = calls_on
        self._is_down = is_down
        self.on_emergency: list[Callable[[Plan], None]] = []

    def would_take(self, wanted: CallOut) -> bool:
        """Whether the rules allow it, whatever the limits say just now."""
        try:
            self.rules.decide(wanted)
        except OutboundRefused:
            return False
        return True

    async def plan(self, wanted: CallOut) -> Plan:
        """How ``wanted`` goes out now; it is counted then. Raises
        :class:`~sip.outbound.errors.OutboundRefused`, and what the connections to Asterisk
        and Redis raise."""
        try:
            plan = await self._plan(wanted)
        except OutboundRefused as error:
            outbound_calls_total.labels(error.code).inc()
            log.info(
                "outbound.refused", code=error.code, purpose=wanted.purpose.value,
                agent=wanted.agent_id,
            )  # fmt: skip
            raise
        outbound_calls_total.labels("emergency" if plan.emergency else "allowed").inc()
        log.info(
            "outbound.allowed", purpose=wanted.purpose.value, agent=wanted.agent_id,
            route=plan.route, trunks=[way.trunk for way in plan.ways],
            emergency=plan.emergency,
        )  # fmt: skip
        return plan

    async def next_way(self, way: Way) -> bool:
        """Whether ``way``, which is tried because those before it failed, may still be:
        it is counted to its trunk then."""
        if await self._calls_on(way.trunk) >= way.max_calls:
            return False
        return await self.count(way.trunk)

    async def count(self, trunk: str) -> bool:
        """Count one more call out through ``trunk``; whether it was still allowed."""
        return await self._usage.take(self._of_trunk(trunk)) is None

    async def _plan(self, wanted: CallOut) -> Plan:
        plan = self.rules.decide(wanted)
        ways = sorted(plan.ways, key=lambda way: self._is_down(way.trunk))
        if plan.emergency:
            for listener in self.on_emergency:
                listener(plan)
            return replace(plan, ways=tuple(ways))
        ways = await self._free(await self._with_minutes(ways))
        return replace(plan, ways=await self._counted(plan, ways))

    async def _with_minutes(self, ways: list[Way]) -> list[Way]:
        left = [way for way in ways if await self._minutes_left(way.trunk)]
        if not left:
            raise MinutesUsedUp(
                f"The minutes of {_names(ways)} are used up for today.",
                hint="See 'minutes_per_day' of the trunk.",
            )
        return left

    async def _minutes_left(self, trunk: str) -> bool:
        most = self._settings.trunk(trunk).minutes_per_day
        return not most or await self._talk.seconds_today(trunk) < 60 * most

    async def _free(self, ways: list[Way]) -> list[Way]:
        free = [way for way in ways if await self._calls_on(way.trunk) < way.max_calls]
        if not free:
            raise TrunkFull(
                f"{_names(ways)} carries as many calls as it may.",
                hint="Wait for one to end, or raise max_calls.",
            )
        return free

    async def _counted(self, plan: Plan, ways: list[Way]) -> tuple[Way, ...]:
        """Count the call to its agent, its route and its first trunk that may be used;
        the ways from that one on."""
        common = []
        most = self._settings.outbound.agent_calls_per_hour
        if plan.wanted.agent_id is not None and most:
            common.append(Limit("agent", plan.wanted.agent_id, most))
        if per_hour := self._settings.routes[plan.route].calls_per_hour:
            common.append(Limit("route", plan.route, per_hour))
        for number, way in enumerate(ways):
            reached = await self._usage.take([*common, *self._of_trunk(way.trunk)])
            if reached is None:
                return (way, *await self._not_used_up(ways[number + 1 :]))
            if reached.kind in _REACHED:
                error, message, hint = _REACHED[reached.kind]
                raise error(message, hint=hint)
        raise TrunkLimit(
            f"As many calls as may have gone out through {_names(ways)} within an hour.",
            hint="See 'calls_per_hour' of the trunk.",
        )

    async def _not_used_up(self, ways: list[Way]) -> list[Way]:
        return [way for way in ways if not await self._usage.is_full(self._of_trunk(way.trunk))]

    def _of_trunk(self, trunk: str) -> list[Limit]:
        most = self._settings.trunk(trunk).calls_per_hour
        return [Limit("trunk", trunk, most)] if most else []


def _names(ways: list[Way]) -> str:
    names = ", ".join(way.trunk for way in ways)
    return f"the trunk {names}" if len(ways) == 1 else f"each of the trunks {names}"
