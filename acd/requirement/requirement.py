"""The requirement itself: immutable, known by its canonical text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from acd.requirement.errors import RequirementError
from acd.requirement.evaluation import Attributes, Skills, Test, compiled
from acd.requirement.simplification import conjunction, disjunction
from acd.requirement.text import written
from acd.requirement.tokens import is_name
from acd.requirement.tree import (
    FALSE,
    TRUE,
    Match,
    Of,
    Skill,
    Tree,
    at_least,
    depth,
    leaves,
    skill,
)

MAX_DEPTH = 50
MAX_CANONICAL = 65_536  # characters


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a requirement that is surely not meant. ``code`` is stable."""

    code: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Requirement:
    """What is asked of an agent. Equal if the canonical ``text`` is.

    ``text`` names everything in full (``skill.``, ``agent.``, ``contact.``), so it means
    the same in every process and after every change of the configuration. ``facts`` are
    the contact's attributes it speaks of; ``timed``: it speaks of the waiting time.
    """

    text: str
    tree: Tree
    skills: frozenset[str]
    facts: frozenset[str]
    agent_attributes: frozenset[str]
    timed: bool
    findings: tuple[Finding, ...]  # from reading it; for requirement.check
    test: Test
    asked_facts: tuple[str, ...] = field(default=())  # ``facts`` in order

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Requirement) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Requirement {self.text}>"

    def __reduce__(self) -> tuple[object, ...]:
        from acd.requirement.reading import load  # reading makes requirements

        return load, (self.text,)

    @property
    def short(self) -> str:
        """The text as people write it, without ``skill.`` and ``contact.``."""
        return written(self.tree, short=True)


def make(tree: Tree, findings: tuple[Finding, ...] = ()) -> Requirement:
    """The requirement of a simplified tree; raises :class:`RequirementError` beyond
    ``MAX_DEPTH`` or ``MAX_CANONICAL``."""
    if depth(tree) > MAX_DEPTH:
        raise RequirementError(
            "The requirement is nested too deeply.",
            hint=f"At most {MAX_DEPTH} levels of and/or are allowed.",
        )
    text = written(tree)
    if len(text) > MAX_CANONICAL:
        raise RequirementError(
            f"The requirement is too long ({len(text)} characters in full).",
            hint=f"At most {MAX_CANONICAL} are allowed; ask for less, or use one skill for many.",
        )
    skills, facts, attributes, timed = set(), set(), set(), False
    for leaf in leaves(tree):
        if isinstance(leaf, Skill):
            skills.add(leaf.name)
        elif isinstance(leaf, Match):
            attributes.add(leaf.agent)
            facts.add(leaf.contact)
        elif leaf.of is Of.WAITING:
            timed = True
        else:
            (facts if leaf.of is Of.CONTACT else attributes).add(leaf.name)
    return Requirement(
        text=text,
        tree=tree,
        skills=frozenset(skills),
        facts=frozenset(facts),
        agent_attributes=frozenset(attributes),
        timed=timed,
        findings=findings,
        test=compiled(tree),
        asked_facts=tuple(sorted(facts)),
    )


ANYONE, NOBODY = make(TRUE), make(FALSE)


def of_skills(skills: Mapping[str, int]) -> Requirement:
    """Each of these skills at the given proficiency (1 to 10) or better."""
    return _of_skills(tuple(sorted(skills.items())))


@lru_cache(maxsize=4096)
def _of_skills(skills: tuple[tuple[str, int], ...]) -> Requirement:
    for name, _ in skills:
        if not is_name(name):
            raise RequirementError(
                f"{name!r} cannot be the name of a skill.",
                hint="A name begins with a letter; letters, digits, '_', '.', '-' follow.",
            )
    return make(conjunction([skill(name, at_least(least)) for name, least in skills]))


@lru_cache(maxsize=4096)
def all_of(*requirements: Requirement) -> Requirement:
    """Everything that each of them asks; :data:`ANYONE` for none."""
    return make(conjunction([one.tree for one in requirements]))


@lru_cache(maxsize=4096)
def any_of(*requirements: Requirement) -> Requirement:
    """What at least one of them asks; :data:`NOBODY` for none."""
    return make(disjunction([one.tree for one in requirements]))


def accepts(requirement: Requirement, skills: Skills, attributes: Attributes) -> bool:
    """Whether an agent is accepted. ``skills``: name -> proficiency 1..10, without those
    the agent does not have. What the requirement still asks of the contact or of its
    waiting time is unknown here, so not met: see :func:`specialise`."""
    return requirement.test(skills, attributes)
