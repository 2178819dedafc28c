"""``recording_consent``: say that the call is recorded, or ask whether it may be, and keep
the proof: when, what was said (prompt, version, language), and the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from config.base import Name, refused
from ivr.nodes.base import Exit, Node, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.values import OneKey

CONSENT: Final = "recording_consent"
PROOF: Final = (f"{CONSENT}_at", f"{CONSENT}_said", f"{CONSENT}_language", f"{CONSENT}_key")


class Consent(StrEnum):
    """What became of it."""

    ANNOUNCED = "announced"  # nobody was asked
    AGREED = "agreed"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"  # asked, and no answer that means anything


NOT_RECORDED: Final = frozenset({Consent.REFUSED.value, Consent.NO_ANSWER.value})


class RecordingConsent(Node):
    """Without ``agree`` it is announced only. Else who presses ``agree`` is recorded, who
    presses ``refuse``, or nothing that means anything in ``attempts``, is not. The flow goes
    on at ``next`` in any case, or at ``refused`` for who is not recorded."""

    type: Literal["recording_consent"]
    prompts: Prompts = Field(min_length=1)
    agree: OneKey | None = None
    refuse: OneKey | None = None
    seconds: float = Field(default=6.0, gt=0, le=60)
    attempts: int = Field(default=2, ge=1, le=10)
    next: Name
    refused: Name | None = None

    @model_validator(mode="after")
    def _keys(self) -> RecordingConsent:
        if (self.agree is None) != (self.refuse is None) or (
            self.agree is not None and self.agree == self.refuse
        ):
            raise refused("two different keys 'agree' and 'refuse', or none of them")
        return self

    def exits(self) -> Iterable[Exit]:
        yield Exit("next", self.next)
        if self.refused is not None:
            yield Exit("refused", self.refused)

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.prompts

    def sets(self) -> Iterable[str]:
        yield from (CONSENT, *PROOF)

    async def run(self, visit: Visit) -> str:
        consent, key = await self._answer(visit)
        visit.state.variables.update(
            {
                CONSENT: consent.value,
                f"{CONSENT}_at": visit.now().isoformat(timespec="seconds"),
                f"{CONSENT}_said": self._said(visit),
                f"{CONSENT}_language": visit.state.language,
                f"{CONSENT}_key": key,
            }
        )
        visit.trace("ivr.recording_consent", consent=consent.value)
        if self.refused is not None and consent.value in NOT_RECORDED:
            return self.refused
        return self.next

    async def _answer(self, visit: Visit) -> tuple[Consent, str]:
        if self.agree is None or self.refuse is None:
            await visit.say(self.prompts)
            return Consent.ANNOUNCED, ""
        for _ in range(self.attempts):
            answer = await visit.ask(self.prompts, (self.agree, self.refuse), self.seconds)
            if answer is not None and answer.text == self.agree:
                return Consent.AGREED, answer.text
            if answer is not None and answer.text == self.refuse:
                return Consent.REFUSED, answer.text
        return Consent.NO_ANSWER, ""

    def _said(self, visit: Visit) -> str:
        """Each prompt with the beginning of a hash of its text: another text is another
        version."""
        texts = visit.platform.prompts
        return " ".join(
            f"{_name(spec)}@{_version(spec, texts, visit.state.language)}" for spec in self.prompts
        )


def _name(spec: PromptSpec) -> str:
    return spec.prompt or "text"


def _version(spec: PromptSpec, texts: Any, language: str) -> str:
    spoken = texts.get(spec.prompt, {}) if spec.prompt else {}
    wanted = spec.language or language
    text = spoken.get(wanted) or repr(spec)
    return hashlib.sha256(str(text).encode()).hexdigest()[:8]
