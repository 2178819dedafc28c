"""What the engine promises whatever the customer and the nodes do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from acd.model import EndReason
from core.clock import ManualClock
from core.errors import Unavailable
from ivr.engine import Engine, WrongFlow
from ivr.outcome import Hangup, ToQueue
from ivr.state import FlowState
from tests.ivr.talk import DEADLINE, flow_of, platform_of, talk

ROUND = """
  first: {type: menu, prompts: [a], options: {1: second, 5: end}, exhausted: gave-up}
  second: {type: menu, prompts: [b], options: {9: first}, exhausted: gave-up}
  rescue: {type: queue, queue: operator}
"""
FALLBACK = "fallback: rescue\nlimits: {steps: 30, seconds: 60}\n"


def with_fallback(nodes: str = ROUND) -> Any:
    head = "languages: [en]\nstart: first\n" + FALLBACK
    head += "invalid: {prompts: [wrong], attempts: 3}\nnothing: {prompts: [silent]}\nnodes:\n"
    return flow_of(nodes, head=head)


async def test_going_in_circles_ends_at_the_limit_of_steps() -> None:
    async with talk(with_fallback()) as here:
        outcome = await here.outcome(*["1", "9"] * 100)
        assert isinstance(outcome, ToQueue)
        assert outcome.queue == "operator"
        assert len(here.path()) == 30 + 1
        assert ("ivr.limit_reached", {"node": "first", "limit": "steps"}) in here.traced


async def test_without_fallback_the_limit_ends_the_contact_with_an_error() -> None:
    flow = flow_of(ROUND, head=with_head(steps=10))
    async with talk(flow) as here:
        outcome = await here.outcome(*["1", "9"] * 100)
        assert outcome == Hangup(reason=EndReason.ERROR)


def with_head(*, steps: int) -> str:
    return (
        f"languages: [en]\nstart: first\nlimits: {{steps: {steps}}}\n"
        "invalid: {prompts: [wrong]}\nnothing: {prompts: [silent]}\nnodes:\n"
    )


async def test_time_used_up_ends_at_the_fallback() -> None:
    clock = ManualClock()
    async with talk(with_fallback(), clock=clock) as here:
        running = asyncio.ensure_future(here.outcome())
        await here.hear("a/en")
        clock.advance(61)
        here.send("1")
        outcome = await running
        assert isinstance(outcome, ToQueue)
        assert ("ivr.limit_reached", {"node": "second", "limit": "seconds"}) in here.traced


@pytest.mark.parametrize("flood", [["9"] * 10_000, ["9" * 10_000, "", "", ""], ["1", "9"] * 5_000])
async def test_a_flood_of_ten_thousand_digits_has_an_outcome(flood: list[str]) -> None:
    async with talk(with_fallback()) as here:
        outcome = await here.outcome(*flood)
        assert isinstance(outcome, (Hangup, ToQueue))
        assert here.conversation.asked <= 60


async def test_a_line_that_never_ends_is_cut() -> None:
    async with talk(with_fallback()) as here:
        outcome = await here.outcome("1" * 1_000_000, "5")
        assert isinstance(outcome, Hangup)
        assert outcome.reason is EndReason.COMPLETED_IN_IVR


async def test_a_node_that_fails_goes_to_the_fallback() -> None:
    flow = with_fallback("""
  first: {type: say, prompts: [{number: missing}], next: end}
  rescue: {type: queue, queue: operator}
""")
    async with talk(flow) as here:
        outcome = await here.outcome()
        assert isinstance(outcome, ToQueue)
        assert ("ivr.node_failed", {"node": "first", "code": "ivr_not_speakable"}) in here.traced


async def test_a_fallback_that_fails_too_is_an_error() -> None:
    flow = with_fallback("""
  first: {type: say, prompts: [{number: missing}], next: end}
  rescue: {type: queue, queue: operator, prompts: [{number: missing}]}
""")
    async with talk(flow) as here:
        assert await here.outcome() == Hangup(reason=EndReason.ERROR)


async def test_unknown_hours_at_run_time_go_to_the_fallback() -> None:
    flow = with_fallback("""
  first: {type: hours, hours: office, open: end, closed: end}
  rescue: {type: queue, queue: operator}
""")
    async with talk(flow, platform_of(flow, hours={})) as here:
        assert isinstance(await here.outcome(), ToQueue)


async def test_failing_listeners_and_stores_do_not_stop_the_call() -> None:
    flow = with_fallback()

    def listener(_kind: str, _data: Mapping[str, Any]) -> None:
        raise ValueError("a listener with a fault")

    async def store(_state: FlowState) -> None:
        raise Unavailable("the store is down")

    async with talk(flow) as here:
        engine = Engine(flow, here.conversation, platform_of(flow), trace=listener, save=store)
        here.send("5")
        async with asyncio.timeout(DEADLINE):
            outcome = await engine.run()
        assert isinstance(outcome, Hangup)
        assert outcome.reason is EndReason.COMPLETED_IN_IVR


async def test_a_customer_who_hangs_up_while_asked_has_abandoned() -> None:
    async with talk(with_fallback()) as here:
        running = asyncio.ensure_future(here.outcome())
        await here.hear("a/en")
        await here.hang_up()
        assert await running == Hangup(reason=EndReason.ABANDONED_IN_IVR, by_customer=True)
        assert here.traced[-1][1]["reason"] == "abandoned_in_ivr"


async def test_the_state_of_another_flow_is_refused() -> None:
    state = FlowState(flow="another", node="first", language="en")
    with pytest.raises(WrongFlow, match="another"):
        async with talk(with_fallback(), start_at=state):
            pass


async def test_a_state_at_a_node_that_is_gone_starts_anew() -> None:
    state = FlowState(flow="test", node="removed", language="en")
    async with talk(with_fallback(), start_at=state) as here:
        await here.outcome("5")
        assert here.path() == ["first", "end"]


async def test_a_language_the_flow_does_not_speak_becomes_its_first() -> None:
    async with talk(with_fallback(), language="fr") as here:
        await here.outcome("5")
        assert (await here.said())[0] == "a/en"


async def test_a_restart_does_not_give_the_limits_anew() -> None:
    state = FlowState(flow="test", node="first", language="en", steps=29)
    async with talk(with_fallback(), start_at=state) as here:
        outcome = await here.outcome("1")
        assert isinstance(outcome, ToQueue)
        assert here.path() == ["first", "rescue"]


async def test_a_node_that_never_ends_is_cut_off() -> None:
    flow = with_fallback()
    state = FlowState(flow="test", node="first", language="en", seconds=59.99)
    async with talk(flow) as here:
        here.conversation.hang_at = 0
        engine = Engine(
            flow,
            here.conversation,
            platform_of(flow),
            start_at=state,
            clock=ManualClock(),
            grace_seconds=0.05,
        )
        async with asyncio.timeout(DEADLINE):
            assert await engine.run() == Hangup(reason=EndReason.ERROR)


async def test_cancelling_the_engine_is_no_outcome() -> None:
    async with talk(with_fallback()) as here:
        running = asyncio.ensure_future(here.outcome())
        await here.hear("a/en")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert "ivr.ended" not in here.kinds()
