"""What of the configuration only the router can judge: requirements and capacities.

``config`` checks values and names; it knows nothing of routing. Here the same files are
looked at once more, and each complaint names file and line as well.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

from acd.choice import attributes
from acd.model import AgentConfig, Medium
from acd.requirement import (
    ANYONE,
    Requirement,
    RequirementError,
    accepts,
    all_of,
    check,
    of_skills,
    parse,
    specialise,
)
from app.directory import agent_of, policies_of
from config.load import Loaded, load
from config.place import KeyPath
from config.problems import ConfigError, Problem

# Surely a mistake: contacts would wait in vain. The other findings are doubtful only.
_ERRORS = frozenset({"impossible", "accepts_nobody", "unknown_skill", "unknown_attribute"})


def load_checked(path: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Loaded:
    """As :func:`config.load.load`, with routing checked too; its warnings are added.
    Raises :class:`~config.problems.ConfigError`."""
    loaded = load(path, environ=environ)
    problems = check_routing(loaded)
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        raise ConfigError(errors)
    return dataclasses.replace(loaded, warnings=(*loaded.warnings, *problems))


def check_routing(loaded: Loaded) -> list[Problem]:
    """Every problem of queues' requirements and agents' capacities, in the order of the
    files' lines."""
    checker = _Checker(loaded)
    problems = [*checker.queues(), *checker.agents()]
    return sorted(problems, key=lambda p: (p.place.source, p.place.line))


class _Checker:
    def __init__(self, loaded: Loaded) -> None:
        self._settings = loaded.settings
        self._tree = loaded.tree
        people = loaded.settings.agents.items()
        self._agents = [agent_of(login, agent) for login, agent in people if agent.is_agent]
        self._known = {"id", "experience", "team"}.union(
            *(agent.attributes for agent in self._settings.agents.values())
        )

    def _problem(self, key: KeyPath, message: str, **more: str | bool | None) -> Problem:
        return Problem(place=self._tree.place(key), key=key, message=message, **more)  # type: ignore[arg-type]

    def queues(self) -> Iterator[Problem]:
        for name, queue in self._settings.queues.items():
            if not queue.requires:
                continue
            key: KeyPath = ("queues", name, "requires")
            try:
                requirement = parse(queue.requires, self._settings.skills)
            except RequirementError as error:
                yield self._problem(key, f"{error.message} {error.hint or ''}".strip())
                continue
            yield from self._findings(requirement, key)
            whole = all_of(of_skills(queue.skills), requirement)
            if not self._anybody(whole):
                yield self._problem(
                    key, "no agent meets this; contacts will wait in vain", warning=True
                )

    def _findings(self, requirement: Requirement, key: KeyPath) -> Iterator[Problem]:
        for finding in check(requirement, self._settings.skills, self._known):
            yield self._problem(key, str(finding), warning=finding.code not in _ERRORS)

    def _anybody(self, requirement: Requirement) -> bool:
        """Whether some agent meets it after some waiting. What depends on the contact
        cannot be known here."""
        if requirement == ANYONE or requirement.facts:
            return True
        waiting: float | None = 0.0
        while waiting is not None:
            stage, waiting = specialise(requirement, {}, waiting)
            if any(accepts(stage, agent.skills, attributes(agent)) for agent in self._agents):
                return True
        return False

    def agents(self) -> Iterator[Problem]:
        for agent in self._agents:
            yield from self._capacity(agent)

    def _capacity(self, agent: AgentConfig) -> Iterator[Problem]:
        policies = policies_of(self._settings)
        most = {m: agent.most.get(m, policy.most) for m, policy in policies.items()}
        fits = {m for m, p in policies.items() if p.weight <= agent.capacity and most[m] > 0}
        key: KeyPath = ("agents", agent.id, "capacity")
        least = min(policy.weight for policy in policies.values())
        if not fits:
            yield self._problem(
                key, "no contact of any medium fits into this capacity",
                found=str(agent.capacity), allowed=f"at least {least}, and some 'most' above 0",
            )  # fmt: skip
        elif Medium.VOICE not in fits and agent.most.get(Medium.VOICE) != 0:
            yield self._problem(
                key, "no call fits into this capacity", found=str(agent.capacity), warning=True,
                allowed=f"at least {policies[Medium.VOICE].weight}, or most: {{voice: 0}} if meant",
            )  # fmt: skip
        for medium, count in agent.most.items():
            weight = policies[medium].weight
            if count > 1 and count * weight > agent.capacity:
                yield self._problem(
                    ("agents", agent.id, "most", medium.value), warning=True, found=str(count),
                    message=f"{count} at once need a capacity of {count * weight}",
                    allowed=f"up to {agent.capacity // weight} with a capacity of {agent.capacity}",
                )  # fmt: skip
