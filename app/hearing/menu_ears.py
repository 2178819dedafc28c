"""The caller heard while a menu asks: a tap for the time of one question.

Nothing of it is told to anybody or kept: what was said goes to the flow alone, which
knows whether it is secret.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from app.calls.ears import EarsLost, Utterance
from app.hearing.taps import Tap, Taps
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from ivr.listen import Listen
from media.models.model import Model
from media.recognition.contract import Heard, Kind, Recognizer, Said, Use
from media.recognition.listener import Listener
from media.vad.barge_in import BargeInDetector, Policy
from media.vad.turns import Started
from media.vad.voice import Voice
from sip.voice.legs import LegTable

log = get_logger(__name__)

_OFF_SECONDS = 1.0
# Why a text was refused that says: nobody spoke.
_NOISE = frozenset({"no_words", "filler", "no_speech", "loop", "subtitle", "too_short",
                    "doubtful", "too_much_text"})  # fmt: skip


class Ears:
    """Implements :class:`app.calls.ears.MenuEars`."""

    def __init__(self, expected: Listen) -> None:
        self.interrupted = asyncio.Event()
        self._barge_in = expected.barge_in
        self._detector = BargeInDetector(Policy())
        self._at = 0.0
        self._utterances: deque[Utterance] = deque()
        self._more = asyncio.Event()
        self._open: set[int] = set()
        self._lost = False

    @property
    def speaking(self) -> bool:
        """See MenuEars."""
        return bool(self._open) or bool(self._utterances)

    def again(self) -> None:
        """See MenuEars."""
        self.interrupted.clear()
        self._detector = BargeInDetector(Policy(), began=self._at)

    async def heard(self) -> Utterance:
        """See MenuEars."""
        while not self._utterances:
            if self._lost:
                raise EarsLost("The caller is not heard any more.")
            self._more.clear()
            await self._more.wait()
        return self._utterances.popleft()

    def judged(self, voice: Voice) -> None:
        """A frame, for :class:`~media.recognition.session.LegRecognizer`."""
        self._at = voice.end
        if self._detector.frame(voice) is not None and self._barge_in:
            self.interrupted.set()

    def said(self, said: Said) -> None:
        """An event of the recogniser."""
        if isinstance(said, Started):
            self._open.add(said.utterance)
        elif isinstance(said, Heard) and said.kind in (Kind.FINAL, Kind.DEFERRED):
            self._open.discard(said.utterance)
            noise = not said.text and said.refused in _NOISE
            self._utterances.append(Utterance(said.text, said.confidence, noise, said.refused))
            self._more.set()

    def lost(self) -> None:
        """Nothing more will come."""
        self._lost = True
        self._open.clear()
        self._more.set()


class MenuEarsMaker:
    """Implements :class:`app.calls.ears.MenuHearing`."""

    def __init__(
        self, taps: Taps, listener: Listener, legs: LegTable, models: Sequence[Model]
    ) -> None:
        self._taps = taps
        self._listener = listener
        self._legs = legs
        self._models = models
        self._tasks = TaskOwner("menu-ears")
        self._going_off: dict[str, set[asyncio.Task[None]]] = {}

    async def close(self) -> None:
        """Let go of everything at once."""
        await self._tasks.close()

    def hears(self, language: str) -> bool:
        """See MenuHearing."""
        if self._listener.problem is not None or not self._listener.pool.pids:
            return False
        base = language.partition("-")[0]
        return any(model.speaks(base) for model in self._models)

    @asynccontextmanager
    async def listen(
        self, contact_id: str, *, language: str, expected: Listen
    ) -> AsyncIterator[Ears]:
        """See MenuHearing."""
        leg = self._legs.customer(contact_id)
        if leg is None:
            raise EarsLost("The caller has left.", contact=contact_id)
        base = language.partition("-")[0]
        tap = self._taps.plan(leg, side="customer", language=base)
        hearing: asyncio.Task[None] | None = None
        try:
            await self._taps.put_on(tap)
            ears = Ears(expected)
            recognizer = await self._listener.recognizer(
                tap.sound.id, language=base, use=Use.MENU, grammar=expected.grammar(),
                judged=ears.judged,
            )  # fmt: skip
            hearing = self._tasks.start(_hear(tap, recognizer, ears), name=f"ears:{contact_id}")
            yield ears
        finally:
            if hearing is not None:
                hearing.cancel()
            self._take_off(contact_id, tap)

    async def silent(self, contact_id: str) -> None:
        """See MenuHearing."""
        if going := self._going_off.get(contact_id):
            await asyncio.wait(set(going), timeout=_OFF_SECONDS)

    def _take_off(self, contact_id: str, tap: Tap) -> None:
        """By a task of its own: whoever asked may have been cancelled, and need not wait."""
        with suppress(RuntimeError):  # closed: Asterisk ends what has lost its connection
            task = self._tasks.start(self._taps.take_off(tap), name=f"off:{contact_id}")
            going = self._going_off.setdefault(contact_id, set())
            going.add(task)
            task.add_done_callback(lambda done: self._off(contact_id, done))

    def _off(self, contact_id: str, done: asyncio.Task[None]) -> None:
        going = self._going_off[contact_id]
        going.discard(done)
        if not going:
            del self._going_off[contact_id]


async def _hear(tap: Tap, recognizer: Recognizer, ears: Ears) -> None:
    """Until the tap ends, or the question."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(tap, recognizer))
            async for said in recognizer:
                ears.said(said)
    except* ParleyError as errors:
        log.warning(
            "menu_ears.failed", contact=tap.target.contact_id, errors=len(errors.exceptions)
        )
    finally:
        ears.lost()
        await recognizer.close()


async def _pump(tap: Tap, recognizer: Recognizer) -> None:
    async for item in tap.sound:
        recognizer.feed(item)
    await recognizer.finish()
