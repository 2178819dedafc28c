"""Why an agent is not accepted: the clauses that are not true of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from acd.requirement import words
from acd.requirement.evaluation import Attributes, Skills, Test, compiled
from acd.requirement.region import known
from acd.requirement.requirement import Requirement
from acd.requirement.specialisation import Known, at_time, settled
from acd.requirement.text import written
from acd.requirement.tree import FALSE, All, Any, Fact, Leaf, Match, Of, Skill, Tree


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause that is not met. ``text``: as people write it; ``has``: what there is
    instead (proficiency, attribute, seconds), None if nothing is known; ``leaf``: the
    clause itself, None if the requirement accepts nobody at all; ``alternative``: other
    clauses in place of this one would do as well."""

    text: str
    has: object
    leaf: Leaf | None
    alternative: bool = False

    def in_words(self, language: Literal["en", "zh-CN"] = "en") -> str:
        """One sentence without its full stop."""
        said = words.of_clause(self.leaf, self.has, self.text, chinese=language == "zh-CN")
        return said + words.OR_ELSE[language] if self.alternative else said


def failing(
    requirement: Requirement,
    skills: Skills,
    attributes: Attributes,
    facts: Mapping[str, object] | None = None,
    waiting: float | None = None,
) -> list[Clause]:
    """The fewest clauses that would have to be met for the agent to be accepted; empty if
    they are. Where alternatives are asked, those of the nearest one. For a requirement
    that is not specialised, ``facts`` and ``waiting`` (seconds) are the contact's."""
    if requirement.test(skills, attributes):
        return []
    return _Agent(skills, attributes, facts or {}, waiting).failing(requirement.tree)


class _Agent:
    """An agent beside a contact."""

    def __init__(
        self, skills: Skills, attributes: Attributes, facts: Attributes, waiting: float | None
    ) -> None:
        self.skills, self.attributes, self.facts, self.waiting = skills, attributes, facts, waiting
        self.known_facts: dict[str, Known] = {name: known(it) for name, it in facts.items()}

    def failing(self, tree: Tree, alternative: bool = False) -> list[Clause]:
        if tree == FALSE:
            return [Clause("false", None, None)]
        if isinstance(tree, All):
            return [clause for part in tree.parts for clause in self.failing(part, alternative)]
        if isinstance(tree, Any):
            ways = [self.failing(part, alternative=True) for part in tree.parts]
            return min(ways, key=lambda way: (len(way), sum(one.has is None for one in way)))
        return self.of_leaf(tree, alternative)

    def of_leaf(self, leaf: Leaf, alternative: bool) -> list[Clause]:
        asked = settled(leaf, self.known_facts)
        if self.waiting is not None and isinstance(asked, Fact):
            asked = at_time(asked, self.waiting)
        if _test(asked)(self.skills, self.attributes):
            return []
        if isinstance(leaf, Match) and isinstance(asked, Fact):
            leaf = asked  # names the value that the contact has
        return [Clause(written(leaf, short=True), self.has(leaf), leaf, alternative)]

    def has(self, leaf: Leaf) -> object:
        if isinstance(leaf, Skill):
            return self.skills.get(leaf.name)
        if isinstance(leaf, Fact):
            if leaf.of is Of.WAITING:
                return self.waiting
            return (self.facts if leaf.of is Of.CONTACT else self.attributes).get(leaf.name)
        return self.attributes.get(leaf.agent)


@lru_cache(maxsize=4096)
def _test(clause: Tree) -> Test:
    return compiled(clause)
