"""A requirement as text: fully named for machines, short for people."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from acd.requirement.region import Cut, Region, Sort, Value
from acd.requirement.tree import (
    ABSENT,
    FALSE,
    LEAST,
    MOST,
    PRESENT,
    TRUE,
    All,
    Any,
    Fact,
    Of,
    Skill,
    Tree,
    at_least,
)


def quoted(value: Value) -> str:
    """A value as it is written in a requirement."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_escaped(c) for c in value) + '"'
    return format(Decimal(repr(value)), "f")


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    return c if c.isprintable() else f"\\u{{{ord(c):x}}}"


def order(tree: Tree) -> tuple[int, str]:
    """By what parts are put in order: skills, agent, contact, waiting, then the nested."""
    if isinstance(tree, Skill):
        rank = 0
    elif isinstance(tree, Fact):
        rank = 1 + list(Of).index(tree.of)
    else:
        rank = 5 if isinstance(tree, All | Any) else 1
    return rank, written(tree)


def written(tree: Tree, *, short: bool = False) -> str:
    """The text. Fully named, it means the same whatever skills exist; ``short`` leaves
    out ``skill.`` and ``contact.`` as people do."""
    return _written(tree, short)[1]


def _written(tree: Tree, short: bool) -> tuple[str, str]:
    """How its parts are joined ('', 'and', 'or'), and the text."""
    if tree == TRUE:
        return "", "true"
    if tree == FALSE:
        return "", "false"
    if isinstance(tree, All | Any):
        word = "and" if isinstance(tree, All) else "or"
        return word, _joined(word, (_written(part, short) for part in tree.parts))
    if isinstance(tree, Skill):
        return _skill(tree.name if short else f"skill.{tree.name}", tree.levels)
    if isinstance(tree, Fact):
        return _fact(_named(tree.of, tree.name, short), tree.sort, tree.region)
    left, right = _named(Of.AGENT, tree.agent, short), _named(Of.CONTACT, tree.contact, False)
    return "", f"{left} {tree.sign} {right}"


def _named(of: Of, name: str, short: bool) -> str:
    if of is Of.WAITING:
        return "waiting"
    return name if short and of is Of.CONTACT else f"{of}.{name}"


def _joined(word: str, parts: Iterable[tuple[str, str]]) -> str:
    return f" {word} ".join(f"({text})" if how not in ("", word) else text for how, text in parts)


def _skill(name: str, levels: int) -> tuple[str, str]:
    if levels & ABSENT:
        if levels == ABSENT:
            return "", f"not has {name}"
        return "or", f"not has {name} or {_skill(name, levels & PRESENT)[1]}"
    held = [level for level in range(LEAST, MOST + 1) if levels >> level & 1]
    if levels == PRESENT:
        return "", f"has {name}"
    if len(held) == 1:
        return "", f"{name} == {held[0]}"
    if levels == at_least(held[0]):
        return "", f"{name} >= {held[0]}"
    if levels == PRESENT & ~at_least(held[-1] + 1):
        return "", f"{name} <= {held[-1]}"
    if len(held) == MOST - LEAST:
        (missing,) = set(range(LEAST, MOST + 1)) - set(held)
        return "", f"{name} != {missing}"
    return "", f"{name} in [{', '.join(map(str, held))}]"


def _fact(name: str, sort: Sort, region: Region) -> tuple[str, str]:
    if region == Region(True):  # any value of this kind
        match sort:
            case Sort.TRUTH:
                return "", f"{name} in [false, true]"
            case Sort.TEXT:
                return "", f'{name} >= ""'
            case Sort.NUMBER:
                return "or", f"{name} < 0 or {name} >= 0"
    for points, one, many in ((region.points(), "==", "in"), ((~region).points(), "!=", "not in")):
        if points:
            return "", _points(name, one, many, points)
    parts = [_interval(name, low, high) for low, high in region.intervals()]
    if len(parts) == 1:
        return parts[0]
    return "or", _joined("or", parts)


def _points(name: str, one: str, many: str, values: list[Value]) -> str:
    if len(values) == 1:
        return f"{name} {one} {quoted(values[0])}"
    return f"{name} {many} [{', '.join(map(quoted, values))}]"


def _interval(name: str, low: Cut | None, high: Cut | None) -> tuple[str, str]:
    if low and high and low[0] == high[0]:
        return "", f"{name} == {quoted(low[0])}"
    ends = []
    if low:
        ends.append(f"{name} {'>' if low[1] else '>='} {quoted(low[0])}")
    if high:
        ends.append(f"{name} {'<=' if high[1] else '<'} {quoted(high[0])}")
    return ("and" if len(ends) == 2 else ""), " and ".join(ends)
