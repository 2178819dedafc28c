"""Expressions at random, with their truth worked out naively in three values.

It shares nothing with what it checks: trees of plain tuples, evaluated as the
documentation says, clause by clause, with None for unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

SKILLS = ("language.zh", "language.zh-CN", "loans")
AGENT = ("agent.team", "agent.experience")
FACTS = ("product", "customer.tier")
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

# few values, so that they often meet
LEVELS = (1, 2, 3, 5, 9, 10)
ODD_NUMBERS = (-1, 0, 2.5, 11)
TEXT_VALUES = ("", "a", "b", 'say "hi"', "it's\\", "中文\n")
NUMBERS = st.sampled_from(LEVELS) | st.sampled_from(ODD_NUMBERS)
TEXTS = st.sampled_from(TEXT_VALUES)
VALUES: st.SearchStrategy[Any] = st.one_of(NUMBERS, TEXTS, st.booleans())
LISTS: st.SearchStrategy[list[Any]] = st.one_of(
    st.lists(NUMBERS, min_size=1, max_size=4),
    st.lists(TEXTS, min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=1, max_size=2),
)
NUMERIC = st.sampled_from([*SKILLS, "waiting"])
ANY_NAME = st.sampled_from([*AGENT, *FACTS])


def _ordered(clause: tuple[Any, ...]) -> bool:
    return not (isinstance(clause[3], bool) and clause[2] not in ("==", "!="))


def comparison(names: st.SearchStrategy[str], values: st.SearchStrategy[Any]) -> Any:
    return st.tuples(st.just("compare"), names, st.sampled_from(list(SIGNS)), values).filter(
        _ordered
    )


OF_SKILLS: st.SearchStrategy[Any] = st.one_of(
    comparison(st.sampled_from(SKILLS[:2]), st.sampled_from(LEVELS)),
    st.tuples(st.just("has"), st.sampled_from(SKILLS)),
)
OTHERS: st.SearchStrategy[Any] = st.one_of(
    comparison(st.just("waiting"), NUMBERS),
    comparison(ANY_NAME, VALUES),
    st.tuples(st.just("in"), NUMERIC, st.lists(NUMBERS, min_size=1, max_size=4)),
    st.tuples(st.just("in"), ANY_NAME, LISTS),
    comparison(NUMERIC, st.sampled_from(ODD_NUMBERS)),
    st.tuples(
        st.just("match"), st.sampled_from(AGENT), st.sampled_from(list(SIGNS)),
        st.sampled_from(FACTS),
    ),
    st.sampled_from([("constant", True), ("constant", False)]),
)  # fmt: skip
CLAUSES = st.one_of(OF_SKILLS, OTHERS)


def joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    join = st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3))
    return st.one_of(join, st.tuples(st.just("not"), join))


def trees() -> st.SearchStrategy[Any]:
    """Mostly nested: of skills alone, then clauses often speak of the same; of anything."""

    def of(clauses: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        inner = st.one_of(joined(clauses), clauses, st.tuples(st.just("not"), clauses))
        return st.one_of(joined(inner), joined(st.one_of(joined(inner), clauses)))

    return st.sampled_from([OF_SKILLS, OF_SKILLS, CLAUSES]).flatmap(of)


@dataclass(frozen=True)
class World:
    """An agent and a contact."""

    skills: dict[str, int]
    agent: dict[str, Any]
    facts: dict[str, Any]
    waiting: float


WORLDS = st.builds(
    World,
    skills=st.fixed_dictionaries({}, optional=dict.fromkeys(SKILLS, st.sampled_from(LEVELS))),
    agent=st.dictionaries(st.sampled_from([n.removeprefix("agent.") for n in AGENT]), VALUES),
    facts=st.dictionaries(st.sampled_from(FACTS), VALUES | st.none() | st.just([1])),
    waiting=st.one_of(NUMBERS.map(abs), st.floats(0, 20)).map(float),
)


def quoted(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        inner = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{inner}"'
    return str(value)


def written(tree: Any) -> str:
    """With every pair of parentheses that could be."""
    match tree:
        case "not", inner:
            return f"not ({written(inner)})"
        case "and" | "or" as word, parts:
            return f" {word} ".join(f"({written(part)})" for part in parts)
        case "has", name:
            return f"has {name}"
        case "constant", value:
            return quoted(value)
        case "in", name, values:
            return f"{name} in [{', '.join(map(quoted, values))}]"
        case _, name, sign, value:
            return f"{name} {sign} {value if tree[0] == 'match' else quoted(value)}"
    raise AssertionError(tree)


def truth(tree: Any, world: World) -> bool | None:
    """Kleene's logic."""
    match tree:
        case "not", inner:
            value = truth(inner, world)
            return None if value is None else not value
        case "and", parts:
            values = [truth(part, world) for part in parts]
            return False if False in values else None if None in values else True
        case "or", parts:
            values = [truth(part, world) for part in parts]
            return True if True in values else None if None in values else False
        case "has", name:
            return name in world.skills
        case "constant", value:
            assert isinstance(value, bool)
            return value
        case "in", name, values:
            return truth(("or", [("compare", name, "==", value) for value in values]), world)
        case "match", name, sign, fact:
            return _compared(sign, _value(name, world), world.facts.get(fact))
        case _, name, sign, value:
            return _compared(sign, _value(name, world), value)
    raise AssertionError(tree)


def _value(name: str, world: World) -> Any:
    if name == "waiting":
        return world.waiting
    if name in SKILLS:
        return world.skills.get(name)
    if name in AGENT:
        return world.agent.get(name.removeprefix("agent."))
    return world.facts.get(name)


def _kind(value: Any) -> str | None:
    kinds = {bool: "truth", str: "text", int: "number", float: "number"}
    return kinds.get(type(value))


def _compared(sign: str, one: Any, other: Any) -> bool | None:
    kind = _kind(one)
    if kind is None or kind != _kind(other):
        return None
    if kind == "truth" and sign not in ("==", "!="):
        return None
    return SIGNS[sign](one, other)
