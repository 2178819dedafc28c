"""Flow files that are wrong: each mistake is found, with its line and what is allowed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.problems import ConfigError, Problem
from ivr.abilities import Abilities
from ivr.check import check
from ivr.flow import parse_flow
from tests.ivr.talk import END, HEAD, flow_of, platform_of

FIRST_LINE = HEAD.count("\n") + 1
MENU = "first: {type: menu, prompts: [a], exhausted: gave-up, "


def mistakes(nodes: str, head: str = HEAD) -> list[Problem]:
    """Of reading, or if it can be read, of checking; every prompt exists."""
    try:
        flow = flow_of(nodes, head=head)
    except ConfigError as error:
        return list(error.problems)
    return check(flow, platform_of(flow))


@pytest.mark.parametrize(
    ("node", "key", "says"),
    [
        ("first: {type: sya, prompts: [a], next: end}", "nodes.first.type",
         "did you mean 'say'?"),
        ("first: {prompts: [a], next: end}", "nodes.first",
         "a node needs a 'type'; allowed: ask, call_back, collect, goto, hangup, hours, menu"),
        ("first: say", "nodes.first", "a node needs a 'type'"),
        ("first: {type: say, prompts: [a]}", "nodes.first.next", "is required and missing"),
        ("first: {type: say, prompt: [a], next: end}", "nodes.first.prompt",
         "did you mean 'prompts'?"),
        ("first: {type: say, prompts: a, next: end}", "nodes.first.prompts",
         "found 'a'; allowed: a list"),
        ("first: {type: say, prompts: [{sya: a}], next: end}", "nodes.first.prompts[0].sya",
         "unknown key"),
        ("first: {type: say, prompts: [{say: {zh: 好}}], next: end}",
         "nodes.first.prompts[0].say",
         "the text is missing in en; allowed: a text in each of en, zh-CN; it has zh"),
        ("first: {type: say, prompts: [{say: 'You are {positon}.'}], next: end}",
         "nodes.first", "there is no such variable; found 'positon'"),
        ("first: {type: say, prompts: [{say: 'You are {po sition}.'}], next: end}",
         "nodes.first.prompts[0].say", "{variable} or {variable:digits} in a text"),
        ("first: {type: say, prompts: [{say: '...'}], next: end}",
         "nodes.first.prompts[0].say", "allowed: a text of 1 to 1000 characters"),
        ("first: {type: say, prompts: [{say: {English: a}}], next: end}",
         "nodes.first.prompts[0].say.English", "allowed: a language tag (BCP 47)"),
        ("first: {type: say, prompts: [{prompt: a, fallback: b}], next: end}",
         "nodes.first.prompts[0]", "allowed: 'fallback' beside 'say' only"),
        ("first: {type: say, prompts: [{prompt: a, number: 1}], next: end}",
         "nodes.first.prompts[0]", "allowed: the id of a prompt, or one of"),
        ("first: {type: say, prompts: [{number: 1.5}], next: end}",
         "nodes.first.prompts[0].number", "allowed: a whole number, or the variable"),
        ("first: {type: say, prompts: [Bad Id], next: end}", "nodes.first.prompts[0]",
         "allowed: the id of a prompt"),
        ("first: {type: say, prompts: [a], next: ende}", "nodes.first.next",
         "there is no such node; found 'ende'; allowed: end, first, gave-up; did you mean 'end'?"),
        (MENU + "options: {}}", "nodes.first.options", "allowed: at least 1 entries"),
        (MENU + "options: {x: end}}", "nodes.first.options.x", "allowed: a key of the telephone"),
        (MENU + "options: {1: end, 12: end}}", "nodes.first.options",
         "no key that begins another: '1' hides '12'"),
        (MENU + "options: {1: end, 1: first}}", "nodes.first.options.1", "already given in line"),
        (MENU + "options: {1: nowhere}}", "nodes.first.options.1", "there is no such node"),
        (MENU + "options: {1: {next: end, set: {Topic: 1}}}}", "nodes.first.options.1.set.Topic",
         "allowed: a variable"),
        (MENU + "options: {1: {next: end, set: {topic: [1]}}}}",
         "nodes.first.options.1.set.topic", "allowed: a text, a number, true or false"),
        (MENU + "options: {1: {next: end, language: fr}}}", "nodes.first.options.1.language",
         "there is no such language of this flow; found 'fr'; allowed: en, zh-CN"),
        (MENU + "options: {1: end}, seconds: 0}", "nodes.first.seconds",
         "found '0'; allowed: a number of more than 0"),
        (MENU + "options: {1: end}, seconds: soon}", "nodes.first.seconds", "allowed: a number"),
        (MENU + "options: {1: end}, invalid: {prompts: [a], attempts: 99}}",
         "nodes.first.invalid.attempts", "allowed: a number of at most 10"),
        ("first: {type: collect, prompts: [a], variable: x, min_length: 9, max_length: 3, "
         "next: end, exhausted: end}", "nodes.first", "'min_length' of at most 'max_length'"),
        ("first: {type: hours, hours: ofice, open: end, closed: end}", "nodes.first.hours",
         "there is no such hours; found 'ofice'; allowed: office; did you mean 'office'?"),
        ("first: {type: queue, queue: card}", "nodes.first.queue",
         "there is no such queue; found 'card'; allowed: cards, operator; did you mean 'cards'?"),
        ("first: {type: queue, queue: cards, skills: {card: 3}}", "nodes.first.skills.card",
         "there is no such skill"),
        ("first: {type: queue, queue: cards, skills: {cards: 11}}", "nodes.first.skills.cards",
         "allowed: a number of at most 10"),
        ("first: {type: queue, queue: cards, attributes: [postion]}",
         "nodes.first.attributes[0]", "did you mean 'position'?"),
        ("first: {type: transfer}", "nodes.first", "one of 'agent' and 'number'"),
        ("first: {type: transfer, agent: wang.fang}", "nodes.first", "'queue' (if the agent"),
        ("first: {type: transfer, agent: wang, queue: cards}", "nodes.first.agent",
         "there is no such agent; found 'wang'; allowed: wang.fang"),
        ('first: {type: transfer, number: "110"}', "nodes.first.number",
         "no outbound route takes this number; found '110'; allowed: what a pattern of 'routes' "
         "takes: 90ZX."),
        ("first: {type: hangup, reason: bored}", "nodes.first.reason",
         "allowed: closed, completed_in_ivr"),
        ("first: {type: goto, by: position, next: end}", "nodes.first",
         "'by' and 'cases' together"),
        ("first: {type: goto, by: nothing, cases: {1: end}, next: end}", "nodes.first.by",
         "there is no such variable"),
        ("first: {type: say_number, number: count, next: end}", "nodes.first.number",
         "there is no such variable; found 'count'"),
        ("first: {type: goto, next: first}", "nodes.first", "the flow can never end"),
        ("first: {type: say, prompts: [a], next: again}\n  again: {type: hours, hours: office, "
         "open: first, closed: end}", "nodes.first",
         "runs in circles without the customer: first -> again -> first"),
        ("first: {type: menu, prompts: [a], options: {1: end}, exhausted: first}", "nodes.first",
         "runs in circles without the customer: first -> first"),
        ("first: {type: hangup}\n  lost: {type: say, prompts: [a], next: end}", "nodes.lost",
         "nothing leads to this node"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_node_is_found(node: str, key: str, says: str) -> None:
    found = [str(p) for p in mistakes(f"  {node}\n")]
    hit = [text for text in found if text.startswith("test.yaml:") and f": {key}: " in text]
    assert any(says in text for text in hit), found
    line = FIRST_LINE + (1 if key == "nodes.lost" else 0)
    assert any(text.startswith(f"test.yaml:{line}:") for text in hit), found


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("start: first", "start: frist", "start", "did you mean 'first'?"),
        ("start: first", "start: first\nfallback: nowhere", "fallback", "no such node"),
        ("start: first", "start: first\nfallback: first", "fallback",
         "must be a node that ends the flow; found 'first', a say"),
        ("start: first", "", "start", "is required and missing"),
        ("start: first", "start: first\nlimits: {steps: 0}", "limits.steps", "at least 5"),
        ("start: first", "start: first\nlimit: {}", "limit", "did you mean 'limits'?"),
        ("[zh-CN, en]", "[]", "languages", "at least 1"),
        ("[zh-CN, en]", "[zh-CN, en, chinese]", "languages[2]", "a language tag"),
        ("attempts: 3", "attempts: 0", "invalid.attempts", "at least 1"),
        ("position: 12", "position: {}", "variables.position", "a text, a number"),
    ],
)  # fmt: skip
def test_each_mistake_in_the_head_is_found(old: str, new: str, key: str, says: str) -> None:
    node = "  first: {type: say, prompts: [a], next: ask}\n"
    node += "  ask: {type: menu, prompts: [a], options: {1: end}, exhausted: gave-up}\n"
    found = [str(p) for p in mistakes(node, HEAD.replace(old, new))]
    assert any(f": {key}: " in text and says in text for text in found), found
    assert len(found) == 1, "one mistake is one message"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is required and missing"),
        ("- a\n- b\n", "must be a mapping"),
        ("languages: [en]\nstart: a\nnodes: []\n", "a flow needs nodes"),
        ("languages: [en]\nstart: a\n", "a flow needs nodes"),
        ("nodes:\n\tfirst: x\n", "a tab is used to indent"),
        ("a: &a [*a]\n", "an alias (*) that contains itself"),
        ("nodes: !secret {}\n", "YAML tags are not used here"),
        ("\x00", "is not YAML"),
    ],
)
def test_what_is_no_flow_at_all_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_flow(text, name="bad", source="bad.yaml")
    assert says in str(caught.value)


def test_missing_prompts_and_languages_are_found() -> None:
    flow = flow_of("  first: {type: say, prompts: [hello, bye], next: end}\n")
    platform = replace(platform_of(flow), prompts={"hello": {"en": "Hello."}})
    found = [str(p) for p in check(flow, platform)]
    assert found == [
        f"test.yaml:{FIRST_LINE}: nodes.first.prompts[0]: the prompt 'hello' is missing in zh-CN; "
        "allowed: a prompt in each of en, zh-CN; it has en",
        f"test.yaml:{FIRST_LINE}: nodes.first.prompts[1]: there is no such prompt; found 'bye'; "
        "allowed: hello",
    ]


def test_several_mistakes_are_all_reported() -> None:
    found = mistakes("""\
  first: {type: say, prompts: [a], nxt: end}
  second: {type: menu, prompts: [a], options: {1: end}, exhausted: gave-up, seconds: x}
  third: {type: nonsense}
""")
    assert {p.place.line - FIRST_LINE for p in found} == {0, 1, 2}


def test_a_deep_flow_is_checked_without_recursion() -> None:
    nodes = "".join(f"  n{i}: {{type: say, prompts: [a], next: n{i + 1}}}\n" for i in range(1900))
    found = mistakes("  first: {type: goto, next: n0}\n" + nodes + "  n1900: {type: hangup}\n")
    assert [p for p in found if not p.warning] == []


def test_the_usual_head_and_end_are_right() -> None:
    assert END
    node = "  first: {type: menu, prompts: [a], options: {1: end}, exhausted: gave-up}\n"
    assert mistakes(node) == []


SAY = "  first: {type: say, prompts: [{say: {en: Hello, zh: 您好}FALLBACK}], next: end}\n"
NO_CHINESE = Abilities(cannot_say=lambda tag: "no voice." if tag == "zh-CN" else "")


@pytest.mark.parametrize(
    ("fallback", "says", "warning"),
    [
        ("", "the text cannot be spoken in zh-CN: no voice. Nothing is named as its 'fallback'.",
         False),
        (", fallback: [a, b]", "the text cannot be spoken in zh-CN: no voice. 'a, b' is said "
         "instead.", True),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_spoken_needs_a_fallback(
    fallback: str, says: str, warning: bool
) -> None:
    flow = flow_of(SAY.replace("FALLBACK", fallback))
    (found,) = check(flow, platform_of(flow, abilities=NO_CHINESE))
    assert (found.message, found.warning) == (says, warning)
    assert found.place.line == FIRST_LINE


def test_the_fallback_of_a_text_must_exist() -> None:
    flow = flow_of(SAY.replace("FALLBACK", ", fallback: absent"))
    texts = {"a": {"en": "a", "zh-CN": "a"}}
    assert any(
        p.message == "there is no such prompt" and p.found == "'absent'"
        for p in check(flow, platform_of(flow, prompts=texts))
    )
