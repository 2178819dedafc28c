"""What is surely not meant, for the check of a configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from acd.requirement.clauses import nearest
from acd.requirement.requirement import NOBODY, Finding, Requirement


def check(
    requirement: Requirement,
    skills: Collection[str] | None = None,
    agent_attributes: Collection[str] | None = None,
) -> list[Finding]:
    """Clauses that can never or must always be true; with ``skills`` also unknown skills
    and attributes that look like a skill misspelt, with ``agent_attributes`` unknown
    ones of these. Empty if there is nothing to say."""
    return [
        *requirement.findings,
        *_as_a_whole(requirement),
        *(() if skills is None else _unknown_skills(requirement, skills)),
        *(() if agent_attributes is None else _unknown_attributes(requirement, agent_attributes)),
    ]


def _as_a_whole(requirement: Requirement) -> Iterator[Finding]:
    if requirement == NOBODY:
        yield Finding(
            "accepts_nobody",
            "No agent can ever meet the requirement.",
            "Contacts would wait in vain.",
        )


def _unknown_skills(requirement: Requirement, skills: Collection[str]) -> Iterator[Finding]:
    for name in sorted(requirement.skills.difference(skills)):
        close = nearest(name, skills)
        hint = f"Perhaps {close!r} is meant." if close else "Define it under skills."
        yield Finding("unknown_skill", f"There is no skill {name!r}.", hint)
    for name in sorted(requirement.facts):
        close = nearest(name, skills)
        if close:
            yield Finding(
                "perhaps_a_skill",
                f"{name!r} is no skill and therefore an attribute of the contact.",
                f"Perhaps the skill {close!r} is meant; if not, write contact.{name}.",
            )


def _unknown_attributes(requirement: Requirement, names: Collection[str]) -> Iterator[Finding]:
    for name in sorted(requirement.agent_attributes.difference(names)):
        close = nearest(name, names)
        listed = ", ".join(sorted(names)) or "none"
        hint = f"Perhaps agent.{close} is meant." if close else f"Known: {listed}."
        yield Finding("unknown_attribute", f"Agents have no attribute {name!r}.", hint)
