"""What may be said in answer to a question, beside the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.conversation import Answer
from media.recognition.grammar import Grammar
from media.recognition.spotting import spot, units

MOST_PHRASES = 200
_MOST_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Listen:
    """Either ``phrases`` (answer -> phrases in the present language), or ``digits`` (the
    least and the most), or with ``open`` anything. ``barge_in``: speech stops the prompts.
    ``secret``: what is said must not be told to anybody else."""

    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    digits: tuple[int, int] | None = None
    open: bool = False
    barge_in: bool = True
    secret: bool = False

    def grammar(self) -> Grammar | None:
        """For the recogniser; None: anything. Digits may come in several breaths."""
        if self.open:
            return None
        if self.digits is not None:
            return Grammar.digits(1, min(self.digits[1], _MOST_DIGITS))
        pairs = {
            phrase: group
            for group, phrases in enumerate(self.phrases.values())
            for phrase in phrases
        }
        return Grammar(tuple(pairs), groups=tuple(pairs.values()))

    def answer(self, text: str, confidence: float = 1.0) -> Answer:
        """What ``text``, recognised or typed, answers; one without text when it fits
        nothing."""
        if self.open:
            return Answer("", spoken=True, confidence=confidence, said=text)
        if self.digits is not None:
            found = units(text)
            digits = "".join(found)
            fits = bool(found) and digits.isascii() and digits.isdigit()
            return Answer(digits if fits else "", spoken=True, confidence=confidence, said=text)
        owners = {p: answer for answer, phrases in self.phrases.items() for p in phrases}
        groups = {answer: number for number, answer in enumerate(self.phrases)}
        found_phrase = spot(text, tuple(owners), [groups[owner] for owner in owners.values()])
        if found_phrase is None:
            return Answer("", spoken=True, confidence=0.0, said=text)
        return Answer(
            owners[found_phrase.phrase], spoken=True,
            confidence=round(confidence * found_phrase.likeness, 3), said=text,
        )  # fmt: skip
