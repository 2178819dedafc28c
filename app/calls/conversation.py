"""The IVR's conversation with a caller, over FastAGI."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any

from app.calls.ears import MenuHearing
from app.calls.question import Keyed, Question
from app.calls.sounds import Sounds
from app.calls.spoken import SpokenTexts
from core.tasks import first_of
from ivr.conversation import (
    END_OF_INPUT,
    INTER_DIGIT_SECONDS,
    Answer,
    CustomerGone,
    Digits,
    Number,
    Phrase,
    Prompt,
    Speech,
)
from ivr.listen import Listen
from media.prompts.number_words import number_prompts
from sip.agi import AgiHangup, AgiSession, verbs
from sip.voice.digits import DigitFeed

_LONGEST_PROMPTS = 1800.0


class VoiceConversation:
    """Implements :class:`ivr.conversation.Conversation` on one AGI session.

    Keys pressed while something is said are kept in ``digits`` for the next question.
    Without ``spoken`` there are only recorded prompts, without ``hearing`` only keys.
    """

    def __init__(
        self,
        session: AgiSession,
        sounds: Sounds,
        digits: DigitFeed,
        *,
        contact_id: str,
        language: str,
        spoken: SpokenTexts | None = None,
        hearing: MenuHearing | None = None,
    ) -> None:
        self._session = session
        self._sounds = sounds
        self._digits = digits
        self._spoken = spoken
        self._hearing = hearing
        self._deaf = False
        self.contact_id = contact_id
        self.language = language

    def hears(self) -> bool:
        """See Conversation. Who could not be heard once is not listened to any more: the
        prompts would promise it in vain."""
        able = self._hearing is not None and self._hearing.hears(self.language)
        return able and not self._deaf and self._digits.live

    def says(self) -> bool:
        """See Conversation."""
        return self._spoken is not None and self._spoken.says(self.language)

    async def say(self, prompts: Sequence[Prompt]) -> None:
        with _customer_gone():
            await self._unless_gone(self._play(prompts))

    async def ask(
        self,
        prompts: Sequence[Prompt],
        choices: Collection[str],
        seconds: float,
        max_length: int = 1,
        interruptible: bool = True,
        listen: Listen | None = None,
    ) -> Answer | None:
        if not interruptible:
            await self.say(prompts)
            self._digits.clear()
        with _customer_gone():
            if listen is not None and self._hearing is not None and self.hears():
                said = prompts if interruptible else ()
                answer = await self._ask_aloud(self._hearing, said, seconds, listen)
                if answer is not Keyed.KEYED:
                    return answer
            elif interruptible:
                await self._play_until_digit(prompts)
            return await self._collect(choices, seconds, max_length)

    async def _ask_aloud(
        self, hearing: MenuHearing, prompts: Sequence[Prompt], seconds: float, listen: Listen
    ) -> Answer | Keyed | None:
        async with hearing.listen(self.contact_id, language=self.language, expected=listen) as ears:
            question = Question(
                self._session, self._digits, ears, listen, lambda: self._play(prompts), seconds
            )
            try:
                return await question.answer()
            finally:
                self._deaf = self._deaf or question.lost

    async def _collect(
        self, choices: Collection[str], seconds: float, max_length: int
    ) -> Answer | None:
        text = ""
        while True:
            digit = await self._digit(INTER_DIGIT_SECONDS if text else seconds)
            if digit is None:
                return Answer(text) if text else None
            if digit == END_OF_INPUT and max_length > 1 and END_OF_INPUT not in choices:
                return Answer(text)
            text += digit
            if text in choices or len(text) >= max_length:
                return Answer(text)

    async def _digit(self, seconds: float) -> str | None:
        if not self._digits and self._digits.live:
            await self._unless_gone(self._digits.pressed(), seconds=seconds)
        elif not self._digits:  # without events: what the session itself hears
            return await verbs.wait_for_digit(self._session, seconds)
        return self._digits.take()

    async def _play_until_digit(self, prompts: Sequence[Prompt]) -> None:
        if self._digits.live:
            if not self._digits:
                await self._unless_gone(self._play(prompts), self._digits.pressed())
            return
        async with aclosing(self._files(prompts)) as files:
            async for file in files:
                if self._digits:
                    return
                if digit := await verbs.stream_file(self._session, file, verbs.ALL_DIGITS):
                    self._digits.put(digit)

    async def _unless_gone(
        self, *works: Coroutine[Any, Any, None], seconds: float = _LONGEST_PROMPTS
    ) -> None:
        """Until one of ``works`` has ended; raises AgiHangup when the caller has left."""
        await first_of(*works, self._session.wait_hungup(), seconds=seconds)
        if self._session.hungup:
            raise AgiHangup("The caller hung up.")

    async def _play(self, prompts: Sequence[Prompt]) -> None:
        async with aclosing(self._files(prompts)) as files:
            async for file in files:
                await verbs.stream_file(self._session, file)

    async def _files(self, prompts: Sequence[Prompt]) -> AsyncGenerator[str, None]:
        for prompt in prompts:
            if isinstance(prompt, Speech):
                if self._spoken is not None:
                    async with aclosing(self._spoken.files(prompt, self.language)) as files:
                        async for file in files:
                            yield file
                continue
            if isinstance(prompt, Phrase):
                yield self._sounds.sound(prompt.id, prompt.language or self.language)
                continue
            if isinstance(prompt, Number):
                ids = number_prompts(prompt.value, self.language)
            else:
                assert isinstance(prompt, Digits)
                ids = [f"number-{digit}" for digit in prompt.text if digit.isdigit()]
            for id_ in ids:
                yield self._sounds.sound(id_, self.language)


@contextmanager
def _customer_gone() -> Iterator[None]:
    try:
        yield
    except AgiHangup as error:
        raise CustomerGone("The caller hung up.") from error
