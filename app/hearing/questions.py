"""Ears for the questions of a flow: a tap of the caller for the time of one question.

They are put on and taken off beside the flow, which waits for neither: a prompt begins at
once, and the next step does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.calls.ears import EarsLost, Utterance
from app.hearing.menu_ears import MenuEars
from app.hearing.service import Hearing
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner, first_of
from ivr.listen import Listen
from media.recognition.contract import Heard, Kind, Said
from media.vad.barge_in import Policy
from media.vad.turns import Started

log = get_logger(__name__)

_LONGEST_SECONDS = 3600.0
_OFF_SECONDS = 1.5
_ATTEMPTS = 3  # to tap the caller, who meanwhile listens to the prompt
# Why a text was refused that says: nobody spoke.
_NOISE = frozenset({"no_words", "filler", "no_speech", "loop", "subtitle", "too_short",
                    "doubtful", "too_much_text"})  # fmt: skip


class QuestionEars:
    """Implements :class:`app.calls.ears.MenuEars`."""

    def __init__(self) -> None:
        self.interrupted = asyncio.Event()
        self._menu: MenuEars | None = None
        self._armed = asyncio.Event()
        self._utterances: deque[Utterance] = deque()
        self._more = asyncio.Event()
        self._open: set[int] = set()
        self._lost = False

    @property
    def speaking(self) -> bool:
        """See MenuEars."""
        return bool(self._open or self._utterances)

    def again(self) -> None:
        """See MenuEars."""
        self.interrupted.clear()
        self._armed.set()
        if self._menu is not None:
            self._menu.prompt_began(Policy())

    async def heard(self) -> Utterance:
        """See MenuEars."""
        while not self._utterances:
            if self._lost:
                raise EarsLost("The caller is not heard any more.")
            self._more.clear()
            await self._more.wait()
        return self._utterances.popleft()

    async def follow(self, menu: MenuEars, stop: asyncio.Event, *, barge_in: bool) -> None:
        """Until the caller is not heard any more, or to ``stop``."""
        self._menu = menu
        if barge_in:
            self.again()
        await first_of(
            self._read(menu), self._interruptions(menu), stop.wait(), seconds=_LONGEST_SECONDS
        )

    def lose(self) -> None:
        """Nothing more will be heard."""
        self._lost, self._menu = True, None
        self._open.clear()
        self._more.set()

    async def _read(self, menu: MenuEars) -> None:
        async for said in menu:
            self._take(said)

    def _take(self, said: Said) -> None:
        if isinstance(said, Started):
            self._open.add(said.utterance)
        elif isinstance(said, Heard) and said.kind in (Kind.FINAL, Kind.DEFERRED):
            self._open.discard(said.utterance)
            noise = not said.text and said.refused in _NOISE
            self._utterances.append(Utterance(said.text, said.confidence, noise, said.refused))
            self._more.set()

    async def _interruptions(self, menu: MenuEars) -> None:
        while True:
            await self._armed.wait()
            self._armed.clear()
            if await menu.barged() is not None:
                self.interrupted.set()


class Questions:
    """Implements :class:`app.calls.ears.MenuHearing` over hearing."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._tasks = TaskOwner("questions")
        self._on: dict[str, set[asyncio.Task[None]]] = {}

    async def close(self) -> None:
        """Let go of everything."""
        await self._tasks.close()

    def hears(self, language: str) -> bool:
        """See MenuHearing."""
        try:
            self._hearing.check()
        except ParleyError:
            return False
        return self._hearing.listener.knows(language.partition("-")[0])

    @asynccontextmanager
    async def listen(
        self, contact_id: str, *, language: str, expected: Listen
    ) -> AsyncIterator[QuestionEars]:
        """See MenuHearing."""
        ears, stop = QuestionEars(), asyncio.Event()
        task = self._tasks.start(
            self._hear(contact_id, language, expected, ears, stop), name=f"question:{contact_id}"
        )
        on = self._on.setdefault(contact_id, set())
        on.add(task)
        task.add_done_callback(lambda done: self._off(contact_id, done))
        try:
            yield ears
        finally:
            stop.set()

    async def silent(self, contact_id: str) -> None:
        """See MenuHearing."""
        if on := self._on.get(contact_id):
            await asyncio.wait(set(on), timeout=_OFF_SECONDS)

    async def _hear(
        self, contact_id: str, language: str, expected: Listen, ears: QuestionEars,
        stop: asyncio.Event,
    ) -> None:  # fmt: skip
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    async with self._hearing.menu_ears(
                        contact_id, language=language.partition("-")[0],
                        grammar=expected.grammar(), secret=expected.secret,
                    ) as menu:  # fmt: skip
                        if not stop.is_set():
                            await ears.follow(menu, stop, barge_in=expected.barge_in)
                        return
                except ParleyError as error:
                    if stop.is_set():
                        return
                    log.warning(
                        "ivr.not_heard", contact=contact_id, code=error.code, attempt=attempt
                    )
        finally:
            ears.lose()

    def _off(self, contact_id: str, done: asyncio.Task[None]) -> None:
        on = self._on[contact_id]
        on.discard(done)
        if not on:
            del self._on[contact_id]
