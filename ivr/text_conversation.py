"""A conversation in lines of text: the terminal, tests, and a pattern for chat.

The engine's prompts are written as the catalogue's texts, one line each; each line
that comes in is one answer. An empty line is an impatient 'nothing': it counts as
having said nothing in time, without the wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from ivr.conversation import (
    END_OF_INPUT,
    Answer,
    CustomerGone,
    Digits,
    Number,
    Phrase,
    Prompt,
    Speech,
)
from ivr.listen import Listen

LONGEST_LINE = 1000
"""Characters of a line that are looked at; the rest is dropped."""


class Writer(Protocol):
    """The half of :class:`asyncio.StreamWriter` that is used."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...


class TextConversation:
    """Over a reader and a writer of UTF-8 lines. ``texts`` maps prompt id -> language
    -> text. The end of the input is the customer leaving; without ``end_is_leaving``
    only once an answer is wanted (so that input can come from a file or pipe)."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: Writer,
        texts: Mapping[str, Mapping[str, str]],
        *,
        language: str,
        contact_id: str,
        show_choices: bool = False,
        end_is_leaving: bool = True,
    ) -> None:
        self.language = language
        self.contact_id = contact_id
        self._reader = reader
        self._writer = writer
        self._texts = texts
        self._show_choices = show_choices
        self._end_is_leaving = end_is_leaving

    def hears(self) -> bool:
        """Words can always be typed."""
        return True

    def says(self) -> bool:
        """Texts can always be written."""
        return True

    async def say(self, prompts: Sequence[Prompt]) -> None:
        """Write each prompt; see :meth:`ivr.conversation.Conversation.say`."""
        broken = self._reader.exception() is not None
        if broken or (self._end_is_leaving and self._reader.at_eof()):
            raise CustomerGone("The customer closed the conversation.")
        lines = "".join(f"{line}\n" for line in self._lines(prompts))
        try:
            self._writer.write(lines.encode())
            await self._writer.drain()
        except OSError as error:
            raise CustomerGone("The customer closed the conversation.") from error

    async def ask(
        self,
        prompts: Sequence[Prompt],
        choices: Collection[str],
        seconds: float,
        max_length: int = 1,
        interruptible: bool = True,
        listen: Listen | None = None,
    ) -> Answer | None:
        """Write, then read one line; ``interruptible`` has no meaning in text. A line
        longer than ``max_length`` is returned as it is: the engine judges. Words count as
        said: what of them fits ``listen`` is the answer."""
        await self.say(prompts)
        if self._show_choices and (choices or listen is not None):
            self._writer.write(f"[{' '.join([*choices, *_sayable(listen)])}] ".encode())
        try:
            async with asyncio.timeout(seconds):
                line = await self._line()
        except TimeoutError:
            return None
        if not line:
            return None
        if max_length > 1:
            line = line.removesuffix(END_OF_INPUT)
        if listen is not None and line not in choices and not _is_keys(line):
            return listen.answer(line)
        return Answer(line)

    async def _line(self) -> str:
        """The next line without its end. An endless one is dropped in pieces."""
        kept = b""
        while True:
            try:
                data = await self._reader.readuntil(b"\n")
            except asyncio.IncompleteReadError as error:
                if not (kept or error.partial):
                    raise CustomerGone("The customer closed the conversation.") from None
                data = error.partial
            except asyncio.LimitOverrunError as error:
                kept = (kept + await self._reader.readexactly(error.consumed))[:LONGEST_LINE]
                continue
            except OSError as error:
                raise CustomerGone("The customer's connection broke.") from error
            kept = (kept + data)[: LONGEST_LINE * 4]
            return kept.decode(errors="replace").strip()[:LONGEST_LINE]

    def _lines(self, prompts: Sequence[Prompt]) -> list[str]:
        """Phrases on lines of their own; numbers and digits continue the line."""
        lines: list[str] = []
        glued = False
        for prompt in prompts:
            match prompt:
                case Phrase():
                    text, number = self._text(prompt), False
                case Speech():
                    text, number = prompt.text(self.language), False
                case Number():
                    text, number = str(prompt.value), True
                case Digits():
                    text, number = " ".join(prompt.text), True
            if lines and (number or glued):
                lines[-1] += f" {text}"
            else:
                lines.append(text)
            glued = number
        return lines

    def _text(self, phrase: Phrase) -> str:
        """The catalogue's text; the id in brackets where it has none."""
        texts = self._texts.get(phrase.id, {})
        return texts.get(phrase.language or self.language) or f"[{phrase.id}]"


def _sayable(listen: Listen | None) -> list[str]:
    """What may be typed beside the keys, shown to a person."""
    if listen is None:
        return []
    if listen.phrases:
        return [f"“{some[0]}”" for some in listen.phrases.values() if some]
    return ["or digits in words" if listen.digits is not None else "or in your own words"]


def _is_keys(line: str) -> bool:
    return all(c in "0123456789*#" for c in line)
