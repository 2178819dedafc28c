"""The flows of the sample company."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acd.model import EndReason
from config.load import SAMPLE, load
from core.clock import ManualClock
from ivr.abilities import Abilities
from ivr.check import check
from ivr.flow import load_flow
from ivr.outcome import Hangup, ToQueue
from ivr.platform import Platform
from ivr.state import FlowState
from ivr.texts import load_texts
from tests.ivr.talk import Talk, Watched, talk

SETTINGS = load(SAMPLE, environ={}).settings
TEXTS = load_texts(SETTINGS)
FLOWS = {name: load_flow(path, name=name) for name, path in SETTINGS.flows.items()}
ASKED = next(s.say[""] for s in FLOWS["english"].nodes["why"].spoken() if s.say)
EVERY_NODE = [(flow, node) for flow, each in FLOWS.items() for node in each.nodes]


def platform() -> Platform:
    return Platform.of(SETTINGS, TEXTS)


@pytest.mark.parametrize("name", FLOWS)
def test_sample_flows_have_no_problem(name: str) -> None:
    """Where everybody can be heard and everything said; where not, they work with keys."""
    assert check(FLOWS[name], replace(platform(), abilities=Abilities())) == []
    bare = Abilities(cannot_say=lambda tag: "not here", cannot_hear=lambda tag: "not here")
    found = check(FLOWS[name], replace(platform(), abilities=bare))
    assert found
    assert all(problem.warning for problem in found)


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
        (["1", "我要办贷款", "2"], "loans", "zh-CN", None, "repayment"),
        (["2", "speak to somebody please"], "operator", "en", None, None),
        (["2", "good morning", "what a day", "1", "3"], "cards", "en", None, "new-card"),
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
            TEXTS["welcome"]["en"], TEXTS["recording-notice"]["en"], ASKED,
            TEXTS["loans-menu"]["en"], TEXTS["connecting"]["en"],
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "queue", "request_", "priority"),
    [
        ("Hello, I have lost my credit card.", "cards", "lost-card", 20),
        ("I would like to take out a loan", "loans", "new-loan", None),
        ("I cannot log in to the app", "accounts", "app", None),
        ("this is the third time, I want to complain", "operator", "complaint", None),
    ],
)
async def test_the_english_line_understands_what_is_wanted(
    words: str, queue: str, request_: str, priority: int | None
) -> None:
    async with talk(FLOWS["english"], platform(), texts=TEXTS) as here:
        outcome = await here.outcome(words, "yes")
        assert isinstance(outcome, ToQueue)
        assert (outcome.queue, outcome.priority) == (queue, priority)
        assert outcome.attributes["request"] == request_


class Deaf(Watched):
    """As a telephone where nobody recognises speech."""

    def hears(self) -> bool:
        return False


async def test_where_nobody_hears_the_english_line_asks_for_keys() -> None:
    async with talk(FLOWS["english"], platform(), texts=TEXTS, conversation=Deaf) as here:
        outcome = await here.outcome("2", "2")
        assert isinstance(outcome, ToQueue)
        assert here.path()[2:4] == ["why", "main"]
        assert TEXTS["main-menu"]["en"] in await here.said()
        assert ASKED not in here.heard


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
