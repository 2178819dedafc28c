"""What a queue asks of agents, as an expression over skills, attributes and waiting.

``language.zh >= 5 and product == "loans" and waiting < 60`` is read once
(:func:`parse`), reduced to what it asks of agents for one contact at one time
(:func:`specialise`), and then tested on agents (:func:`accepts`). See
docs/routing-requirements.md for the language.
"""

from acd.requirement.checks import check
from acd.requirement.clauses import nearest
from acd.requirement.errors import RequirementError
from acd.requirement.explanation import Clause, failing
from acd.requirement.reading import MAX_TEXT, load, parse
from acd.requirement.relaxation import drop, lower
from acd.requirement.requirement import (
    ANYONE,
    NOBODY,
    Finding,
    Requirement,
    accepts,
    all_of,
    any_of,
    of_skills,
)
from acd.requirement.specialisation import specialise

__all__ = [
    "ANYONE",
    "MAX_TEXT",
    "NOBODY",
    "Clause",
    "Finding",
    "Requirement",
    "RequirementError",
    "accepts",
    "all_of",
    "any_of",
    "check",
    "drop",
    "failing",
    "load",
    "lower",
    "nearest",
    "of_skills",
    "parse",
    "specialise",
]
