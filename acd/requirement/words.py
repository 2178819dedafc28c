"""The sentences about clauses that are not met, in English and Chinese."""

from __future__ import annotations

from acd.requirement.region import known
from acd.requirement.text import quoted
from acd.requirement.tree import (
    ABSENT,
    LEAST,
    MOST,
    PRESENT,
    Fact,
    Leaf,
    Match,
    Of,
    Skill,
    at_least,
)

OR_ELSE = {"en": ", or another alternative", "zh-CN": "，或满足其他条件之一"}


def of_clause(leaf: Leaf | None, has: object, text: str, *, chinese: bool) -> str:
    """What there is and what is asked."""
    if leaf is None:
        return "不接受任何坐席" if chinese else "nobody is accepted"
    if isinstance(leaf, Skill):
        return _skill_zh(leaf, has) if chinese else _skill_en(leaf, has)
    who = leaf.of if isinstance(leaf, Fact) else Of.AGENT
    name = leaf.agent if isinstance(leaf, Match) else leaf.name
    return _fact_zh(who, name, has, text) if chinese else _fact_en(who, name, has, text)


def _fact_en(of: Of, name: str, has: object, text: str) -> str:
    if of is Of.WAITING:
        state = f"has waited {has:g} s" if isinstance(has, int | float) else "waiting is not known"
    elif has is None:
        state = f"the {of}'s {name} is not known"
    else:
        state = f"the {of}'s {name} is {_shown(has)}"
    return f"{state}, {text} is asked"


def _fact_zh(of: Of, name: str, has: object, text: str) -> str:
    whose = "坐席" if of is Of.AGENT else "联络"
    if of is Of.WAITING:
        state = f"已等待 {has:g} 秒" if isinstance(has, int | float) else "等待时间未知"
    elif has is None:
        state = f"{whose}属性 {name} 未知"
    else:
        state = f"{whose}属性 {name} 为 {_shown(has)}"
    return f"{state}，要求 {text}"


def _shown(has: object) -> str:
    value = known(has)
    return quoted(value[1]) if value else f"a {type(has).__name__}"


def _skill_en(leaf: Skill, has: object) -> str:
    if leaf.levels == ABSENT:
        return f"has {leaf.name}, which is not wanted"
    if has is None:
        return f"has no skill {leaf.name}"
    match _asked(leaf.levels & PRESENT):
        case "least", (least, *_):
            asked = f"{least} is asked"
        case "most", levels:
            asked = f"at most {levels[-1]} is asked"
        case "exactly", (level, *_):
            asked = f"exactly {level} is asked"
        case _, levels:
            asked = f"one of {', '.join(map(str, levels))} is asked"
    without = " if they have it at all" if leaf.levels & ABSENT else ""
    return f"has {leaf.name} {has}, {asked}{without}"


def _skill_zh(leaf: Skill, has: object) -> str:
    if leaf.levels == ABSENT:
        return f"具备技能 {leaf.name}，而要求不具备"
    if has is None:
        return f"没有技能 {leaf.name}"
    match _asked(leaf.levels & PRESENT):
        case "least", (least, *_):
            asked = f"至少 {least}"
        case "most", levels:
            asked = f"至多 {levels[-1]}"
        case "exactly", (level, *_):
            asked = f"恰好 {level}"
        case _, levels:
            asked = f"{'、'.join(map(str, levels))} 之一"
    without = "（或不具备）" if leaf.levels & ABSENT else ""
    return f"技能 {leaf.name} 为 {has}，要求{asked}{without}"


def _asked(levels: int) -> tuple[str, list[int]]:
    """The form of what is asked, and the proficiencies that would do."""
    held = [level for level in range(LEAST, MOST + 1) if levels >> level & 1]
    if len(held) == 1:
        return "exactly", held
    if levels == at_least(held[0]):
        return "least", held
    if levels == PRESENT & ~at_least(held[-1] + 1):
        return "most", held
    return "some", held
