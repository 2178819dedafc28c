"""What self-service needs of hearing: the caller's words while a question is asked.

Named here without the packages that recognise; ``app/hearing/questions.py`` does it.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from core.errors import Unavailable
from ivr.listen import Listen


class EarsLost(Unavailable):
    """The caller is not heard any more: the tap has ended, or nothing recognises."""

    code: ClassVar[str] = "ears_lost"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said from one pause to the next. ``text`` is personal: never logged.
    ``noise``: it was no speech. Speech without a text was not understood, for the reason
    ``refused``."""

    text: str = field(repr=False)
    confidence: float
    noise: bool = False
    refused: str = ""


class MenuEars(Protocol):
    """One question's. ``interrupted`` is set as soon as the caller speaks so that the
    prompt is to stop; ``speaking`` while something is said or waits to be recognised."""

    interrupted: asyncio.Event

    @property
    def speaking(self) -> bool: ...

    def again(self) -> None:
        """The prompt begins anew: judge anew what interrupts it."""
        ...

    async def heard(self) -> Utterance:
        """The next utterance; raises :class:`EarsLost`."""
        ...


class MenuHearing(Protocol):
    """Gives ears to questions."""

    def hears(self, language: str) -> bool:
        """Whether what is said in ``language`` (``zh-CN``, ``en``) can be recognised now."""
        ...

    def listen(
        self, contact_id: str, *, language: str, expected: Listen
    ) -> AbstractAsyncContextManager[MenuEars]:
        """Hear the caller for the time of the block. Waits for nothing: where they cannot
        be heard, the ears are lost."""
        ...

    async def silent(self, contact_id: str) -> None:
        """Return when no tap of ours is left on the contact's channel, or after a second.
        Never raises."""
        ...
