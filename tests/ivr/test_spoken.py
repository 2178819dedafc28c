"""Menus, digits and open questions that are answered in words, typed here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from acd.model import EndReason
from ivr.abilities import Abilities
from ivr.check import check
from ivr.conversation import Answer
from ivr.intents import Intents
from ivr.listen import Listen
from ivr.outcome import Hangup
from ivr.platform import Platform
from media.understanding.settings import SAMPLE_INTENTS
from tests.ivr.talk import Talk, flow_of, platform_of, talk

MENU = """
  first:
    type: menu
    prompts: [keys]
    spoken_prompts: [words]
    speech: digits
    options:
      1:
        next: sales
        speech: {en: [sales, buy], zh: [销售, 购买]}
        label: {en: our sales, zh: 销售}
      2: {next: support, speech: {en: [support, "technical help"], zh: 技术支持}}
      9: end
    unclear: {prompts: [pardon], attempts: 2}
    exhausted: gave-up
  sales: {type: hangup}
  support: {type: hangup}
"""

ASK = """
  first:
    type: ask
    prompts: [how-can-we-help]
    intents:
      lost_card: {next: cards, set: {request: lost-card}}
      loan: {next: loans, label: {en: a new loan, zh: 贷款}}
    options: {0: end}
    unclear: {prompts: [pardon], attempts: 2}
    otherwise: keys
  cards: {type: hangup}
  loans: {type: hangup}
  keys: {type: hangup, reason: no_input}
"""

DIGITS = """
  first:
    type: collect
    prompts: [keys]
    spoken_prompts: [words]
    variable: number
    min_length: 4
    max_length: 6
    sensitive: false
    speech: digits
    next: end
    exhausted: gave-up
"""


def sample(flow_platform: Platform) -> Platform:
    return replace(flow_platform, intents=Intents(SAMPLE_INTENTS))


class Mumbling:
    """Makes the next answers in words doubtful, as a recogniser's may be."""

    def __init__(self, here: Talk, *confidences: float) -> None:
        self._left = list(confidences)
        self._ask = here.conversation.ask
        here.conversation.ask = self.ask  # type: ignore[method-assign]

    async def ask(self, *args: object, **more: object) -> Answer | None:
        answer = await self._ask(*args, **more)  # type: ignore[arg-type]
        if answer is not None and answer.spoken and self._left:
            return replace(answer, confidence=self._left.pop(0))
        return answer


@pytest.mark.parametrize(
    ("line", "language", "node"),
    [
        ("sales", "en", "sales"),
        ("I want to BUY something", "en", "sales"),
        ("technical help please", "en", "support"),
        ("two", "en", "support"),
        ("2", "en", "support"),
        ("我要购买", "zh-CN", "sales"),
        ("技术支持", "zh-CN", "support"),
        ("一", "zh-CN", "sales"),
    ],
)
async def test_a_menu_takes_words(line: str, language: str, node: str) -> None:
    async with talk(flow_of(MENU), language=language) as here:
        await here.outcome(line)
        assert here.path() == ["first", node]
        assert await here.said() == [f"words/{language}"]


async def test_words_that_say_nothing_are_asked_again_and_then_only_keys_count() -> None:
    async with talk(flow_of(MENU)) as here:
        await here.outcome("the weather", "sales or support", "sales", "1")
        assert here.path() == ["first", "sales"]
        assert await here.said() == [
            "words/en", "pardon/en", "words/en", "pardon/en", "keys/en", "wrong/en", "keys/en",
        ]  # fmt: skip
        kinds = here.kinds()
        assert kinds.count("ivr.speech_unclear") == 2
        assert kinds.count("ivr.keys_only") == 1
        assert "weather" not in repr(here.traced)


async def test_a_menu_of_words_ends_too() -> None:
    async with talk(flow_of(MENU)) as here:
        outcome = await here.outcome("a", "b", "c", "d", "e")
        assert isinstance(outcome, Hangup)
        assert outcome.reason is EndReason.NO_INPUT


@pytest.mark.parametrize(
    ("reply", "path"),
    [("yes", ["first", "sales"]), ("1", ["first", "sales"]), ("no", ["first", "support"]),
     ("2", ["first", "support"]), ("what", ["first", "support"])],
)  # fmt: skip
async def test_a_doubtful_choice_is_asked_back(reply: str, path: list[str]) -> None:
    async with talk(flow_of(MENU)) as here:
        Mumbling(here, 0.5)
        await here.outcome("sales", reply, *(["hm"] if reply == "what" else []), "2")
        assert here.path() == path
        said = await here.said()
        assert said[1].startswith("Did you say our sales?")


async def test_a_choice_that_was_hardly_heard_is_not_even_asked_back() -> None:
    async with talk(flow_of(MENU)) as here:
        Mumbling(here, 0.2)
        await here.outcome("sales", "2")
        assert here.path() == ["first", "support"]
        assert (await here.said())[1:] == ["pardon/en", "words/en"]


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["one two three four"], "1234"),
        (["4 5 6 7 8"], "45678"),
        (["four seven", "1234"], "1234"),
        (["one two three four five six seven", "98765"], "98765"),
    ],
)
async def test_digits_are_taken_in_words(lines: list[str], number: str) -> None:
    async with talk(flow_of(DIGITS)) as here:
        outcome = await here.outcome(*lines)
        assert isinstance(outcome, Hangup)
        assert outcome.attributes["number"] == number


async def test_digits_in_chinese() -> None:
    async with talk(flow_of(DIGITS), language="zh-CN") as here:
        outcome = await here.outcome("一二三四五")
        assert isinstance(outcome, Hangup)
        assert outcome.attributes["number"] == "12345"


@pytest.mark.parametrize(("reply", "number"), [("yes", "1234"), ("no", "5678")])
async def test_doubtful_digits_are_asked_back_one_by_one(reply: str, number: str) -> None:
    async with talk(flow_of(DIGITS)) as here:
        Mumbling(here, 0.6)
        outcome = await here.outcome("one two three four", reply, "5678")
        assert isinstance(outcome, Hangup)
        assert outcome.attributes["number"] == number
        said = await here.said()
        assert said[1].startswith("I understood: 1 2 3 4 ")
        assert "1234" not in repr(here.traced)


@pytest.mark.parametrize(
    ("line", "language", "path"),
    [
        ("hello, I have lost my credit card", "en", ["first", "cards"]),
        ("我的信用卡丢了，想马上挂失", "zh-CN", ["first", "cards"]),
        ("I would like to take out a loan", "en", ["first", "loans"]),
        ("0", "en", ["first", "end"]),
    ],
)
async def test_an_open_question_leads_where_the_intent_does(
    line: str, language: str, path: list[str]
) -> None:
    flow = flow_of(ASK)
    async with talk(flow, sample(platform_of(flow)), language=language) as here:
        await here.outcome(line)
        assert here.path() == path


@pytest.mark.parametrize(("reply", "last"), [("yes", "loans"), ("no", "keys")])
async def test_a_doubtful_intent_is_asked_back(reply: str, last: str) -> None:
    flow = flow_of(ASK.replace("unclear: {", "listening: {sure: 0.9}\n    unclear: {"))
    async with talk(flow, sample(platform_of(flow))) as here:
        await here.outcome("I would like to take out a loan", reply, "nonsense")
        assert here.path() == ["first", last]
        assert any(line.startswith("Did you say a new loan?") for line in await here.said())


async def test_an_open_question_that_is_not_understood_leads_to_keys() -> None:
    flow = flow_of(ASK)
    async with talk(flow, sample(platform_of(flow))) as here:
        await here.outcome("purple elephants", "the moon is full of cheese tonight")
        assert here.path() == ["first", "keys"]


def problems(nodes: str, platform: Platform | None = None) -> list[str]:
    flow = flow_of(nodes)
    return [
        f"{'warning' if p.warning else 'error'} {p}"
        for p in check(flow, platform or sample(platform_of(flow)))
    ]


def test_the_flows_of_this_file_are_right() -> None:
    for nodes in (MENU, ASK, DIGITS):
        assert [p for p in problems(nodes) if "nodes.gave-up: nothing leads" not in p] == []


def options(*lines: str) -> str:
    text = "".join(f"      {line}\n" for line in lines)
    return f"""
  first:
    type: menu
    prompts: [a]
    options:
{text}    exhausted: gave-up
"""


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["1: {next: end, speech: {en: sales}}"],
         "error test.yaml:13: nodes.first.options.1.speech: nothing to say is given in zh-CN; "
         "allowed: phrases in each of en, zh-CN ([] for none); it has en"),
        (["1: {next: end, speech: {en: [sales, help], zh: 销售}}",
          "2: {next: end, speech: {en: [support, Help!], zh: 支持}}"],
         "error test.yaml:14: nodes.first.options.2.speech.en[1]: the same phrase means both '1' "
         "and '2' in en; found 'Help!'; allowed: each phrase for one choice"),
        (["1: {next: end, speech: {en: account, zh: 账户}}",
          "2: {next: end, speech: {en: husband, zh: 丈夫}}"],
         "warning test.yaml:14: nodes.first.options.2.speech.zh: sounds like '账户', which means "
         "'1', in zh-CN; found '丈夫'"),
        (["1: {next: end, speech: {en: '!?', zh: 好}}"],
         "error test.yaml:13: nodes.first.options.1.speech.en: there is no word in this phrase; "
         "found '!?'"),
        (["1: {next: end, speech: [销售]}"],
         "error test.yaml:13: nodes.first.options.1.speech[0]: this phrase is not en, so that it "
         "is never heard; found '销售'"),
    ],
)  # fmt: skip
def test_phrases_that_cannot_work_are_found(lines: list[str], says: str) -> None:
    assert says in problems(options(*lines)), problems(options(*lines))


def test_what_nobody_here_can_hear_is_told() -> None:
    flow = flow_of(MENU)
    deaf = Abilities(
        cannot_hear=lambda tag: "no model." if tag == "zh-CN" else "",
        unheard=lambda phrases, tag: [p for p in phrases if p == "buy"],
    )
    found = problems(MENU, platform_of(flow, abilities=deaf))
    assert any("nobody here understands zh-CN, so that only keys count: no model." in p
               and p.startswith("warning") for p in found)  # fmt: skip
    assert any("no model here can hear this phrase" in p and "'buy'" in p for p in found)


def test_an_unknown_intent_is_found() -> None:
    found = problems(ASK.replace("lost_card: {", "lost_cart: {"))
    assert any("there is no such intent; found 'lost_cart'" in p for p in found)
    assert any("did you mean 'lost_card'" in p for p in found)


def test_a_grammar_groups_the_phrases_of_a_choice() -> None:
    listen = Listen({"1": ("sales", "buy"), "2": ("support",)})
    grammar = listen.grammar()
    assert grammar is not None
    assert grammar.group("buy") == grammar.group("sales") != grammar.group("support")
    assert Listen(open=True).grammar() is None
    digits = Listen(digits=(4, 6)).grammar()
    assert digits is not None
    assert (digits.of_digits, digits.least, digits.most) == (True, 1, 6)
    assert "secret" not in repr(listen.answer("secret words"))


def test_intents_without_a_model_know_nothing(tmp_path: Path) -> None:
    assert Intents().labels == ()
    assert Intents().find("my card is lost", ("lost-card",)) is None
