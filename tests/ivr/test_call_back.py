"""Agreeing on a call-back, and leaving a message, over a real socket."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.check import check
from ivr.flow import Flow
from ivr.outcome import ToCallBack, ToQueue, ToVoicemail
from ivr.platform import Platform
from tests.ivr.talk import flow_of, platform_of, talk

OWN = "13800000001"
NODES = """
  first: {type: call_back, queue: cards, otherwise: wait, attempts: 2, skills: {cards: 4},
          requires: language.en >= 3, priority: 7}
  wait: {type: queue, queue: cards}
"""


def _platform(flow: Flow, **more: Any) -> Platform:
    return platform_of(flow, may_call_back=lambda number: number.startswith("1"), **more)


async def _outcome(*lines: str, number: str = OWN, other: bool = False) -> object:
    flow = flow_of(NODES)
    platform = _platform(flow, other_numbers=other)
    async with talk(flow, platform, customer_number=number) as here:
        result = await here.outcome(*lines)
        assert number not in repr(here.states) or not number
        assert number not in repr(here.traced) or not number
        return result


async def test_the_number_they_call_from() -> None:
    outcome = await _outcome("1")
    assert isinstance(outcome, ToCallBack)
    assert (outcome.number, outcome.queue, outcome.priority) == (OWN, "cards", 7)
    assert (outcome.skills, outcome.requires) == ({"cards": 4}, "language.en >= 3")
    assert OWN not in repr(outcome)


@pytest.mark.parametrize(
    "lines", [("2",), ("", ""), ("7", "8"), ("3", "9")], ids=["no", "silence", "other", "not asked"]
)
async def test_who_does_not_agree_waits(lines: tuple[str, ...]) -> None:
    outcome = await _outcome(*lines)
    assert isinstance(outcome, ToQueue)
    assert not isinstance(outcome, ToCallBack)


async def test_another_number_is_read_back_and_confirmed() -> None:
    flow = flow_of(NODES)
    async with talk(flow, _platform(flow, other_numbers=True), customer_number=OWN) as here:
        outcome = await here.outcome("3", "1391#", "2", "1392#", "1")
        said = await here.said()
    assert isinstance(outcome, ToCallBack)
    assert outcome.number == "1392"
    assert any("1 3 9 1" in line for line in said)
    assert "1392" not in repr(here.states)


async def test_a_number_that_may_not_be_called() -> None:
    for wrong in ("00900123", "1", "abc", "12a4"):
        outcome = await _outcome("3", wrong, wrong, other=True)
        assert not isinstance(outcome, ToCallBack)
    outcome = await _outcome("3", "00900123", "13922222222", "1", other=True)
    assert isinstance(outcome, ToCallBack)


async def test_no_number_shown() -> None:
    assert not isinstance(await _outcome("1", number=""), ToCallBack)
    outcome = await _outcome("13922222222", "1", number="", other=True)
    assert isinstance(outcome, ToCallBack)


async def test_a_message() -> None:
    flow = flow_of("  first: {type: voicemail, queue: cards, longest_seconds: 30}\n")
    async with talk(flow) as here:
        outcome = await here.outcome()
    assert isinstance(outcome, ToVoicemail)
    assert (outcome.queue, outcome.longest_seconds, outcome.language) == ("cards", 30, "en")


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        ("crads >= 3", "'crads' is no skill and therefore an attribute of the contact."),
        ("skill.crads >= 3", "There is no skill 'crads'."),
        ("cards >= 5 and cards < 2", "can never be true"),
        ("cards = 3", "There is no = in requirements"),
    ],
)
def test_a_requirement_that_is_none(requires: str, message: str) -> None:
    flow = flow_of(f'  first: {{type: queue, queue: cards, requires: "{requires}"}}\n')
    problems = check(flow, platform_of(flow))
    place = next(p for p in problems if message in str(p))
    assert place.key == ("nodes", "first", "requires")


def test_a_fallback_must_end_whatever_is_answered() -> None:
    head = "languages: [en]\nstart: end\nfallback: first\nnodes:\n"
    flow = flow_of(NODES, head=head)
    assert any("must be a node that ends" in str(p) for p in check(flow, _platform(flow)))
