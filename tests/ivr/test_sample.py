"""The flows of the sample company."""

from __future__ import annotations

import pytest

from acd.model import EndReason
from config.load import SAMPLE, load
from core.clock import ManualClock
from ivr.check import check
from ivr.flow import load_flow
from ivr.outcome import Hangup, ToQueue
from ivr.platform import Platform
from ivr.state import FlowState
from ivr.texts import load_texts
from tests.ivr.talk import Talk, talk

SETTINGS = load(SAMPLE, environ={}).settings
TEXTS = load_texts(SETTINGS)
FLOWS = {name: load_flow(path, name=name) for name, path in SETTINGS.flows.items()}
EVERY_NODE = [(flow, node) for flow, each in FLOWS.items() for node in each.nodes]


def platform() -> Platform:
    return Platform.of(SETTINGS, TEXTS)


@pytest.mark.parametrize("name", FLOWS)
def test_sample_flows_have_no_problem(name: str) -> None:
    assert check(FLOWS[name], platform()) == []


@pytest.mark.parametrize(
    ("keys", "queue", "language", "priority", "request_"),
    [
        (["1", "1", "1"], "cards", "zh-CN", 20, "lost-card"),
        (["2", "1", "2"], "cards", "en", None, "card-balance"),
        (["2", "2", "1"], "loans", "en", None, "new-loan"),
        (["1", "3", "2"], "accounts", "zh-CN", None, "app"),
        (["2", "2", "9", "9", "3", "9", "1", "3"], "cards", "en", None, "new-card"),
        (["1", "0"], "operator", "zh-CN", None, None),
        (["2", "2", "0"], "operator", "en", None, None),
        (["", "", "7", "8", "9"], "operator", "zh-CN", None, None),
        (["5", "6", "", "", ""], "operator", "zh-CN", None, None),
        (["1", "1", "5", "6", "7"], "cards", "zh-CN", None, None),
    ],
)
async def test_the_main_line_leads_to_the_right_queue(
    keys: list[str], queue: str, language: str, priority: int | None, request_: str | None
) -> None:
    async with talk(FLOWS["main"], platform(), texts=TEXTS, language="zh-CN") as here:
        outcome = await here.outcome(*keys)
        assert isinstance(outcome, ToQueue)
        assert (outcome.queue, outcome.language) == (queue, language)
        assert outcome.priority == priority
        assert f"language.{language}" in outcome.skills
        assert outcome.attributes.get("request") == request_


async def test_the_english_line_asks_for_no_language() -> None:
    async with talk(FLOWS["english"], platform(), texts=TEXTS) as here:
        outcome = await here.outcome("2", "2")
        assert isinstance(outcome, ToQueue)
        assert (outcome.queue, outcome.language) == ("loans", "en")
        assert await here.said() == [
            TEXTS[each]["en"]
            for each in ("welcome", "recording-notice", "main-menu", "loans-menu", "connecting")
        ]


@pytest.mark.parametrize(("flow", "node"), EVERY_NODE)
async def test_a_customer_who_hangs_up_at_any_node_has_an_outcome(flow: str, node: str) -> None:
    """They are gone by the time the node begins."""
    state = FlowState(flow=flow, node=node, language=FLOWS[flow].languages[0])
    async with talk(FLOWS[flow], platform(), start_at=state) as here:
        await here.hang_up()
        outcome = await here.engine.run()
        assert isinstance(outcome, Hangup)
        assert outcome.by_customer
        expected = EndReason.CLOSED if node == "closed" else EndReason.ABANDONED_IN_IVR
        assert outcome.reason is expected


@pytest.mark.parametrize("moment", range(8))
async def test_a_customer_who_hangs_up_on_the_way_has_an_outcome(moment: int) -> None:
    """They go just when the n-th node of a long walk begins."""
    async with talk(FLOWS["main"], platform(), texts=TEXTS, clock=ManualClock()) as here:
        walk = ["1", "1", "9", "2", "1"]

        async def leave_in_time(state: FlowState) -> None:
            await Talk.keep(here, state)
            if len(here.states) == moment + 1:
                await here.hang_up()
            elif FLOWS["main"].nodes[state.node].type == "menu":
                here.send(walk.pop(0))

        here.keep = leave_in_time  # type: ignore[method-assign]
        outcome = await here.outcome()
        assert outcome == Hangup(
            reason=EndReason.ABANDONED_IN_IVR,
            by_customer=True,
            attributes=dict(here.engine.state.variables),
        )
        assert len(here.states) in (moment + 1, moment + 2)
