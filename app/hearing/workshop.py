"""What hearing works with, in one place, and how one leg's ears are made of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from acd.model import Contact
from app.hearing.live_log import LiveLog
from app.hearing.taps import Tap, Taps
from config.hearing import Side
from config.model import Settings
from core.clock import Clock
from core.errors import ParleyError
from core.log import get_logger
from media.emotion.calibration import SiteCalibration
from media.emotion.leg_policy import Leg as Voice
from media.emotion.listener import EmotionListener
from media.hearing.feelings import LegFeelings
from media.hearing.leg import HeardLeg, VoiceMark
from media.hearing.senses import Senses
from media.hearing.talk import Talk
from media.hearing.told import Tell
from media.hearing.words import LegWords
from media.recognition.contract import Said, Use
from media.recognition.grammar import Grammar
from media.recognition.listener import Listener
from media.vad.voice import Voice as Judged
from sip.voice.legs import LegTable

log = get_logger(__name__)


class Contacts(Protocol):
    """The book of live contacts."""

    async def get(self, contact_id: str) -> Contact:
        """Raises :class:`~acd.errors.ContactNotFound`."""
        ...


CalibrationOf = Callable[[str], SiteCalibration]
"""The calibration of a queue ('' for none). Used in the thread of moods only."""


@dataclass(frozen=True)
class Workshop:
    """Shared by all contacts that are heard."""

    settings: Settings
    clock: Clock
    contacts: Contacts
    legs: LegTable
    taps: Taps
    listener: Listener
    senses: Senses
    live_log: LiveLog
    thread: ThreadPoolExecutor
    calibration: CalibrationOf
    agent_leg: Callable[[], str]

    async def leg(
        self, tap: Tap, talk: Talk, tell: Tell, *, queue: str, language: str | None,
        use: Use = Use.LIVE, grammar: Grammar | None = None,
        judged: Callable[[Judged], None] | None = None,
        heed: Callable[[Said], None] | None = None,
    ) -> HeardLeg:  # fmt: skip
        """The ears of ``tap``; its sound is read from :meth:`HeardLeg.run` on."""
        mark = VoiceMark()

        def both(voice: Judged) -> None:
            mark(voice)
            if judged is not None:
                judged(voice)

        feelings = self._feelings(tap.side, queue, tell)
        recognizer = await self.listener.recognizer(
            tap.sound.id, language=language, use=use, grammar=grammar, judged=both
        )
        customers = tap.side == Side.CUSTOMER
        words = LegWords(
            self.senses, epoch=talk.epoch, understands=customers,
            feel=feelings.hear if feelings is not None else None,
        )  # fmt: skip
        return HeardLeg(
            tap.sound, recognizer, words, mark, tell, side=tap.side, place=talk.place,
            feelings=feelings, on_turn=talk.on_turn, on_words=talk.on_words, heed=heed,
        )  # fmt: skip

    def language_of(self, contact: Contact) -> str | None:
        """ISO 639-1; None where it has to be found out."""
        if contact.language:
            return contact.language.partition("-")[0].lower()
        allowed = self.settings.hearing.languages
        return allowed[0] if len(allowed) == 1 else None

    def _feelings(self, side: str, queue: str, tell: Tell) -> LegFeelings | None:
        wanted = self.settings.hearing.emotion
        allowed_by = self.agent_leg() or wanted.agent_leg_allowed_by or ""
        if not wanted.enabled or (side == Side.AGENT and not allowed_by):
            return None
        try:
            listener = EmotionListener(
                self.calibration(queue), leg=Voice(side), worker_emotion_allowed_by=allowed_by
            )
        except ParleyError as error:
            log.error("hearing.no_mood", code=error.code, message=error.message)
            return None
        return LegFeelings(listener, self.thread, tell)
