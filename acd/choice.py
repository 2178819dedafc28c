"""The choice of agent: who can take a contact, and who of them does.

Contacts that ask for the same are alike in the eyes of every agent, and so are
agents with the same skills. Both therefore wait in lines named by what they ask
for (``need_of``) and what they can (``profile_of``), and only the first of each
line has to be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from acd.model import Agent, Contact

ONLY = "only."
"""Begins the name of an exclusive skill: an agent who has one takes nothing but the
contacts that ask for it (a training desk, the self-test)."""


def _canonical(skills: Mapping[str, int]) -> str:
    return json.dumps(dict(skills), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def need_of(contact: Contact) -> str:
    """Name of the line of all contacts that ask for the same: ``medium|skills``."""
    return f"{contact.medium.value}|{_canonical(contact.skills)}"


def profile_of(agent: Agent) -> str:
    """Name of the line of all agents with the same skills."""
    return _canonical(agent.skills)


def medium_of(need: str) -> str:
    """The medium part of a need."""
    return need.partition("|")[0]


@lru_cache(maxsize=1 << 16)
def eligible(need: str, profile: str) -> bool:
    """Whether an agent of ``profile`` has each skill of ``need``, well enough.

    A skill that the agent lacks is not a zero: it never satisfies, whatever is asked.
    Each exclusive skill (:data:`ONLY`) of the agent must be asked for.
    """
    asked: dict[str, int] = json.loads(need.partition("|")[2])
    has: dict[str, int] = json.loads(profile)
    if any(skill.startswith(ONLY) and skill not in asked for skill in has):
        return False
    return all(skill in has and has[skill] >= least for skill, least in asked.items())


@dataclass(frozen=True, slots=True)
class Head:
    """The first of a line: ``score`` is the contact's rank, or since when (epoch
    seconds) the agent has been idle."""

    line: str
    id: str
    score: float


def choose(need: str, ready: Iterable[Head]) -> Head | None:
    """The eligible agent who has been idle longest; None if nobody is eligible."""
    able = (head for head in ready if eligible(need, head.line))
    return min(able, key=lambda head: (head.score, head.id), default=None)
