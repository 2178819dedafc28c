"""Why did it go there, why does it wait? In words that a person reads in ten seconds.

:mod:`acd.why.waiting` says of a contact that waits what it asks for now, who is before
it, and of each agent what stands in the way. :mod:`acd.why.steps` reads the decisions
of the past from the contact's events, each of which carries what it rested on.
:mod:`acd.why.words` makes sentences of both, in English and Chinese.

Nothing here needs the board of the leading router: it is all derived from what is in
Redis (or, once a contact has ended, in the database), by the very functions that
decide, so any process of an installation gives the same answer.
"""

from acd.why.explanations import Explanations, Why
from acd.why.steps import Step, steps_of
from acd.why.texts import Language
from acd.why.waiting import Asks, Candidate, Cause, Code, Obstacle, Rival, Stage, Waits
from acd.why.words import Words

__all__ = [
    "Asks",
    "Candidate",
    "Cause",
    "Code",
    "Explanations",
    "Language",
    "Obstacle",
    "Rival",
    "Stage",
    "Step",
    "Waits",
    "Why",
    "Words",
    "steps_of",
]
