"""Every type of node, driven over a real socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from acd.model import EndReason
from core.clock import ManualClock
from ivr.outcome import Hangup, ToAgent, ToNumber, ToQueue
from tests.ivr.talk import flow_of, talk

MENU = """
  first:
    type: menu
    prompts: [ask]
    options:
      1: {next: end, set: {topic: cards, urgent: true, level: 3}}
      2: {next: other, language: zh-CN}
      "#": end
    seconds: 5
    exhausted: gave-up
  other: {type: say, prompts: [other], next: end}
"""


async def test_say_speaks_prompts_and_numbers_in_the_language_of_the_conversation() -> None:
    flow = flow_of("""
  first: {type: say, prompts: [hello, {number: position}, bye, {digits: position},
          {prompt: hello, language: zh-CN}], next: end}
""")
    async with talk(flow) as here:
        await here.outcome()
        assert await here.said() == ["hello/en 12 bye/en 1 2 hello/zh-CN"]


async def test_say_writes_a_text_with_variables_in_the_language_of_the_conversation() -> None:
    flow = flow_of("""
  first: {type: set, set: {name: Ann, account: 4-711}, next: second}
  second:
    type: say
    prompts:
      - {say: {en: "Hello {name}, number {position}, {account:digits}. {{x}}", zh: "{name}您好"}}
      - {say: {en: "Bye", zh: 再见}, language: zh-CN}
    next: end
""")
    async with talk(flow) as here:
        await here.outcome()
        assert await here.said() == ["Hello Ann, number 12, 4 7 1 1. {x}", "再见"]


async def test_a_text_with_a_variable_that_is_not_set_fails_the_node() -> None:
    flow = flow_of("""
  first: {type: goto, by: position, cases: {1: other}, next: second}
  second: {type: say, prompts: [{say: "Hello {name}"}], next: end}
  other: {type: set, set: {name: Ann}, next: second}
""")
    async with talk(flow) as here:
        outcome = await here.outcome()
        assert isinstance(outcome, Hangup)
        assert outcome.reason is EndReason.ERROR
        assert ("ivr.node_failed", {"node": "second", "code": "ivr_not_speakable"}) in here.traced


async def test_say_number_speaks_a_variable_between_prompts() -> None:
    flow = flow_of("""
  first: {type: say_number, before: [you-are], number: position, after: [in-line], next: second}
  second: {type: say_number, number: 7, next: end}
""")
    async with talk(flow) as here:
        await here.outcome()
        assert await here.said() == ["you-are/en 12 in-line/en", "7"]


async def test_menu_takes_a_choice_and_sets_variables() -> None:
    async with talk(flow_of(MENU)) as here:
        outcome = await here.outcome("1")
        assert outcome == Hangup(
            reason=EndReason.COMPLETED_IN_IVR,
            attributes={"position": 12, "topic": "cards", "urgent": True, "level": 3},
        )
        assert ("ivr.choice_made", {"node": "first", "choice": "1", "to": "end"}) in here.traced


async def test_menu_switches_the_language() -> None:
    async with talk(flow_of(MENU)) as here:
        await here.outcome("2")
        assert await here.said() == ["ask/en", "other/zh-CN"]
        assert here.engine.state.language == "zh-CN"


async def test_menu_takes_the_hash_key_as_a_choice() -> None:
    async with talk(flow_of(MENU)) as here:
        await here.outcome("#")
        assert here.path() == ["first", "end"]


async def test_menu_meets_invalid_and_nothing_with_their_own_prompts() -> None:
    async with talk(flow_of(MENU)) as here:
        await here.outcome("7", "", "1")
        assert await here.said() == ["ask/en", "wrong/en", "ask/en", "silent/en", "ask/en"]
        assert here.path() == ["first", "end"]


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["7", "8", "hello"], "ivr.input_invalid"),
        (["", ""], "ivr.input_missing"),
        (["7", "", "7", ""], "ivr.input_missing"),
    ],
)
async def test_menu_is_exhausted_by_repeating_one_mistake(lines: list[str], kind: str) -> None:
    async with talk(flow_of(MENU)) as here:
        outcome = await here.outcome(*lines)
        assert isinstance(outcome, Hangup)
        assert outcome.reason is EndReason.NO_INPUT
        assert here.path() == ["first", "gave-up"]
        assert [k for k in here.kinds() if "input" in k][-1] == kind


async def test_menu_notices_that_nothing_was_pressed_in_time() -> None:
    flow = flow_of(MENU.replace("seconds: 5", "seconds: 0.05"))
    async with talk(flow) as here:
        outcome = await here.outcome()
        assert isinstance(outcome, Hangup)
        assert outcome.reason is EndReason.NO_INPUT
        assert here.kinds().count("ivr.input_missing") == 2


async def test_menu_goes_back_and_forth() -> None:
    flow = flow_of("""
  first: {type: menu, prompts: [a], options: {1: second}, exhausted: gave-up}
  second: {type: menu, prompts: [b], options: {1: end, 9: first}, exhausted: gave-up}
""")
    async with talk(flow) as here:
        await here.outcome("1", "9", "1", "9", "1", "1")
        assert here.path() == ["first", "second", "first", "second", "first", "second", "end"]


COLLECT = """
  first:
    type: collect
    prompts: [card]
    variable: card
    min_length: 12
    max_length: 16
    sensitive: SENSITIVE
    CONFIRM
    next: end
    exhausted: gave-up
"""
CARD = "6222020200061234"


def collect(*, sensitive: bool = True, confirm: bool = False) -> str:
    asks = "confirm: {prompts: [you-said, {digits: card}, right-or-wrong]}" if confirm else ""
    return COLLECT.replace("SENSITIVE", str(sensitive).lower()).replace("CONFIRM", asks)


@pytest.mark.parametrize("entered", [CARD, CARD[:12] + "#", CARD[:12]])
async def test_collect_takes_digits_up_to_the_end_of_input(entered: str) -> None:
    async with talk(flow_of(collect(sensitive=False))) as here:
        outcome = await here.outcome(entered)
        assert isinstance(outcome, Hangup)
        assert outcome.attributes["card"] == entered.removesuffix("#")


async def test_collect_keeps_sensitive_digits_to_itself() -> None:
    async with talk(flow_of(collect(confirm=True)), clock=ManualClock()) as here:
        outcome = await here.outcome("4999", CARD, "1")
        assert isinstance(outcome, Hangup)
        assert outcome.attributes["card"] == "•" * 12 + "1234"
        left_behind = json.dumps([here.traced, here.states]) + repr(outcome)
        assert CARD not in left_behind
        assert "4999" not in left_behind
        assert " ".join(CARD) in " ".join(await here.said())  # the customer hears them


async def test_collect_hides_short_secrets_whole() -> None:
    flow = flow_of(collect().replace("12", "4").replace("16", "6"))
    async with talk(flow) as here:
        outcome = await here.outcome("8431")
        assert isinstance(outcome, Hangup)
        assert outcome.attributes["card"] == "••••"


@pytest.mark.parametrize("bad", ["123", "12345678901234567", "62220202000612ab", "一二三" * 4])
async def test_collect_refuses_what_is_no_such_number(bad: str) -> None:
    async with talk(flow_of(collect())) as here:
        outcome = await here.outcome(bad, bad, bad)
        assert isinstance(outcome, Hangup)
        assert outcome.reason is EndReason.NO_INPUT
        assert here.kinds().count("ivr.input_invalid") == 3


async def test_collect_asks_again_when_it_was_wrong() -> None:
    async with talk(flow_of(collect(sensitive=False, confirm=True))) as here:
        outcome = await here.outcome(CARD[::-1], "2", CARD, "5", "1")
        assert isinstance(outcome, Hangup)
        assert outcome.attributes["card"] == CARD
        assert "wrong/en" not in await here.said()


async def test_collect_gives_up_on_silence() -> None:
    async with talk(flow_of(collect())) as here:
        outcome = await here.outcome("", "")
        assert isinstance(outcome, Hangup)
        assert outcome.reason is EndReason.NO_INPUT


async def test_set_gives_values_and_language() -> None:
    flow = flow_of("""
  first: {type: set, set: {vip: true, branch: 007}, language: zh-CN, next: hello}
  hello: {type: say, prompts: [hello], next: end}
""")
    async with talk(flow) as here:
        outcome = await here.outcome()
        assert isinstance(outcome, Hangup)
        assert outcome.attributes == {"position": 12, "vip": True, "branch": "007"}
        assert await here.said() == ["hello/zh-CN"]


@pytest.mark.parametrize(("set_to", "last"), [("cards", "a"), ("loans", "b"), ("else", "end")])
async def test_goto_follows_a_variable(set_to: str, last: str) -> None:
    flow = flow_of(f"""
  first: {{type: set, set: {{topic: {set_to}}}, next: fork}}
  fork: {{type: goto, by: topic, cases: {{cards: a, loans: b}}, next: end}}
  a: {{type: hangup}}
  b: {{type: hangup}}
""")
    async with talk(flow) as here:
        await here.outcome()
        assert here.path() == ["first", "fork", last]


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (datetime(2026, 3, 4, 9, 0, tzinfo=UTC), EndReason.COMPLETED_IN_IVR),
        (datetime(2026, 3, 4, 17, 0, tzinfo=UTC), EndReason.CLOSED),
        (datetime(2026, 3, 7, 12, 0, tzinfo=UTC), EndReason.CLOSED),
    ],
)
async def test_hours_branch(now: datetime, reason: EndReason) -> None:
    flow = flow_of("""
  first: {type: hours, hours: office, open: end, closed: shut}
  shut: {type: hangup, prompts: [shut], reason: closed}
""")
    async with talk(flow, clock=ManualClock(now)) as here:
        outcome = await here.outcome()
        assert isinstance(outcome, Hangup)
        assert outcome.reason is reason


async def test_queue_asks_for_skills_and_the_language() -> None:
    flow = flow_of("""
  first: {type: set, set: {topic: cards, note: x}, next: wait}
  wait: {type: queue, prompts: [wait], queue: cards, skills: {cards: 4}, language_skill: 6,
         priority: 20, attributes: [topic]}
""")
    async with talk(flow, language="zh-CN") as here:
        assert await here.outcome() == ToQueue(
            queue="cards",
            skills={"cards": 4, "language.zh-CN": 6},
            priority=20,
            attributes={"topic": "cards"},
            language="zh-CN",
        )
        assert here.traced[-1] == (
            "ivr.ended",
            {"node": "wait", "outcome": "ToQueue", "queue": "cards"},
        )


async def test_transfer_to_an_agent_or_a_number() -> None:
    agent = flow_of("\n  first: {type: transfer, agent: wang.fang, queue: operator}\n")
    async with talk(agent) as here:
        assert await here.outcome() == ToAgent(
            agent_id="wang.fang", queue="operator", attributes={"position": 12}, language="en"
        )
    number = flow_of('\n  first: {type: transfer, prompts: [one], number: "902155550100"}\n')
    async with talk(number) as here:
        assert await here.outcome() == ToNumber(
            number="902155550100", attributes={"position": 12}, language="en"
        )
        assert "902155550100" not in repr(here.traced)


async def test_hangup_keeps_its_reason_when_the_customer_is_quicker() -> None:
    flow = flow_of("\n  first: {type: hangup, prompts: [bye], reason: closed}\n")
    async with talk(flow) as here:
        await here.hang_up()
        outcome = await here.outcome()
        assert outcome == Hangup(
            reason=EndReason.CLOSED, by_customer=True, attributes={"position": 12}
        )


async def test_a_number_that_no_route_takes_is_not_dialled() -> None:
    flow = flow_of("\n  first: {type: transfer, number: '110'}\n")
    async with talk(flow) as here:
        assert await here.outcome() == Hangup(reason=EndReason.ERROR, attributes={"position": 12})
        assert ("ivr.node_failed", {"node": "first", "code": "ivr_number_not_routed"}) in (
            here.traced
        )
