"""What waits for a recognition process, and what gives way when it is too much.

Finals come first, menus before the rest, the oldest first unless too many wait. Of
partials only the newest of a leg is worth anything: it replaces the one before. When too
many legs have one waiting, the oldest are dropped. Finals are never dropped; when too many
wait, the next is refused, and when one has waited for too long to be of use while people
talk, it is given back: its owner marks it for after the call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from core import metrics
from media.recognition.engine import Decoded, Request
from media.recognition.errors import SpeechOverloaded

MOST_PARTIALS = 64
MOST_FINALS = 256
MOST_LATER = 1024
LATEST = 3.0
"""Seconds that a final of a conversation may wait for a process."""
CROWD = 6
"""With more finals than this waiting, the newest goes first: some will be given back
anyway, and those that are not shall be of what is being said now."""


class Rank(IntEnum):
    """Who comes first."""

    MENU_FINAL = 0
    FINAL = 1
    GUESS = 2
    """A final that was begun with the pause; it may be for nothing."""
    MENU_PARTIAL = 3
    FIRST_PARTIAL = 4
    """Nothing of the utterance was shown yet: that somebody speaks is worth more than one
    more word of another."""
    PARTIAL = 5
    LATER = 6

    @property
    def partial(self) -> bool:
        """Whether it may be dropped."""
        return Rank.GUESS <= self <= Rank.PARTIAL


@dataclass(eq=False)
class Job:
    """One request on its way. Its future is cancelled when it is dropped."""

    request: Request
    model: str
    leg: str
    rank: Rank
    answer: asyncio.Future[Decoded]
    slot: int | None = None
    """The process that should have it, because it knows the utterance."""
    attempts: int = 0
    submitted: float = field(default_factory=time.monotonic)
    waited: float = 0.0
    """Seconds until a process took it."""


class JobQueue:
    """Bounded; its order is by rank, then by age."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._changed = asyncio.Event()
        self.dropped = 0
        """Partials that gave way."""

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> None:
        """Add a job; raises SpeechOverloaded for a final too many."""
        if job.rank.partial:
            self._make_room(job)
        elif self._count(job.rank) >= (MOST_LATER if job.rank is Rank.LATER else MOST_FINALS):
            metrics.speech_jobs_total.labels("final", "refused").inc()
            raise SpeechOverloaded(
                f"{self._count(job.rank)} utterances wait for their text.",
                hint="It will be recognised after the call; give recognition more processes.",
            )
        self._jobs.append(job)
        self._wake()

    def put_back(self, job: Job) -> None:
        """Return what a process that died was working on."""
        if not job.answer.done():
            self._jobs.append(job)
            self._wake()

    def withdraw(self, leg: str) -> None:
        """Drop what waits of a leg's partials: the utterance is over."""
        for job in [j for j in self._jobs if j.leg == leg and j.rank.partial]:
            self._drop(job, "withdrawn")

    async def take(self, may: Callable[[Job], bool]) -> Job:
        """Wait for the first job that ``may`` be taken."""
        while True:
            self._jobs = [job for job in self._jobs if not job.answer.done()]
            able = [job for job in self._jobs if may(job)]
            if able:
                job = self._first(able)
                self._jobs.remove(job)
                job.waited = time.monotonic() - job.submitted
                return job
            await self._changed.wait()

    def _first(self, jobs: list[Job]) -> Job:
        first = min(jobs, key=lambda j: (j.rank, j.submitted))
        if first.rank is Rank.FINAL:
            finals = [j for j in jobs if j.rank is Rank.FINAL]
            if len(finals) > CROWD:
                return max(finals, key=lambda j: j.submitted)
        return first

    def give_up(self, now: float, since: float = 0.0) -> int:
        """Give back the finals of conversations that have waited for too long: their
        futures get SpeechOverloaded. What they waited before ``since`` does not count.
        How many these were; call it a few times a second."""
        late = [
            j for j in self._jobs if j.rank is Rank.FINAL and now - max(j.submitted, since) > LATEST
        ]
        for job in late:
            self._jobs.remove(job)
            metrics.speech_jobs_total.labels("final", "late").inc()
            if not job.answer.done():
                job.answer.set_exception(
                    SpeechOverloaded(
                        f"Nobody had time for an utterance within {LATEST:g} s.",
                        hint="It will be recognised after the call; give recognition more "
                        "processes.",
                    )
                )
        return len(late)

    def longest_wait(self, now: float) -> float:
        """Seconds that the oldest live final has waited."""
        waits = [now - j.submitted for j in self._jobs if j.rank in (Rank.MENU_FINAL, Rank.FINAL)]
        return max(waits, default=0.0)

    def wake(self) -> None:
        """Look again: which process may take what has changed."""
        self._wake()

    def _make_room(self, job: Job) -> None:
        for other in [j for j in self._jobs if j.leg == job.leg and j.rank.partial]:
            self._drop(other, "replaced")
        partials = sorted((j for j in self._jobs if j.rank.partial), key=lambda j: j.submitted)
        for other in partials[: max(0, len(partials) - MOST_PARTIALS + 1)]:
            self._drop(other, "dropped")

    def _drop(self, job: Job, outcome: str) -> None:
        self._jobs.remove(job)
        job.answer.cancel()
        self.dropped += outcome != "withdrawn"
        metrics.speech_jobs_total.labels("partial", outcome).inc()

    def _count(self, rank: Rank) -> int:
        later = rank is Rank.LATER
        return sum(not j.rank.partial and (j.rank is Rank.LATER) == later for j in self._jobs)

    def _wake(self) -> None:
        # All that wait wake up and look; a fresh event keeps late-comers out.
        self._changed.set()
        self._changed = asyncio.Event()
