"""The words of one leg: masked first, then understood.

Pure: no clock, no sound. Times are seconds of the conversation.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from media.emotion.fusion import Sentiment
from media.hearing.masked_words import masked_words
from media.hearing.senses import Senses
from media.hearing.told import Told
from media.recognition.contract import Heard, Kind
from media.understanding.facts import Fact, FactKind, LegFacts
from media.understanding.masking import LegMasker, Masked, silences
from media.understanding.masking.policy import PHONE

_REMEMBERED = 80  # utterances; the masker looks back on 64
_SURE = 0.5

Feel = Callable[[Sentiment], None]


@dataclass(slots=True)
class _Said:
    """An utterance as it was heard (never shown) and as it is shown."""

    heard: Heard
    masked: Masked
    told: frozenset[str] = frozenset()
    frozen: bool = False
    """What is held stays masked: what would say whether it may be shown was not heard."""


class LegWords:
    """``understands`` False: only masked (no facts, no intents), as with an agent's leg.
    ``epoch`` is the time at which the conversation's clock began, in epoch seconds.
    """

    def __init__(
        self, senses: Senses, *, epoch: float, understands: bool = True, feel: Feel | None = None
    ) -> None:
        self._senses = senses
        self._epoch = epoch
        self._masker = LegMasker(senses.policy)
        self._facts = LegFacts(senses.facts) if understands else None
        self._intents = senses.intents if understands else None
        self._feel = feel
        self._said: OrderedDict[int, _Said] = OrderedDict()  # by the masker's number
        self._utterances: dict[int, int] = {}  # of the facts' numbers
        self._finals = 0
        self._expected = float("-inf")
        self._held = False

    @property
    def expecting(self) -> bool:
        """Whether something sensitive is expected or under way."""
        return self._expected > float("-inf")

    def partial(self, heard: Heard) -> list[Told]:
        """What may be shown of an utterance that goes on."""
        masked = self._masker.partial(heard.text, heard.start)
        told = [
            Told(
                f"transcript.{heard.kind.value}", heard.end,
                {"utterance": heard.utterance, "start": heard.start, "text": masked.text},
            )
        ]  # fmt: skip
        if masked.held:
            told += self._expect(heard.end, heard.end + self._senses.policy.break_seconds)
        return told

    def final(self, heard: Heard) -> list[Told]:
        """What is told of a finished utterance, and of earlier ones in its light."""
        if heard.kind is Kind.DEFERRED:
            for said in self._said.values():
                said.frozen = said.frozen or said.masked.held
            return [
                Told(
                    "transcript.deferred", heard.end,
                    {"utterance": heard.utterance, "start": heard.start, "end": heard.end},
                )
            ]  # fmt: skip
        final = self._masker.final(heard.text, heard.start, heard.end)
        said = self._said[final.utterance] = _Said(heard, final.masked)
        while len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
        told = [
            Told(
                "transcript.final", heard.end,
                {
                    "utterance": heard.utterance, "start": heard.start, "end": heard.end,
                    "text": final.masked.text, "words": self._words(said),
                    "language": heard.language, "confidence": round(heard.confidence, 3),
                    "engine": heard.engine, "refused": heard.refused,
                    "seconds": heard.seconds,
                },
            )
        ]  # fmt: skip
        told += self._corrected(final.corrections, heard.end)
        told += self._sensitive(heard.end)
        told += self._watch_held(heard.end)
        if heard.text:
            told += self._understand(heard)
        return told

    def settle(self, now: float | None) -> list[Told]:
        """Earlier utterances that may be shown by ``now``, or at the end (None). Call it
        about once a second."""
        at = now if now is not None else max((s.heard.end for s in self._said.values()), default=0)
        told = self._corrected(self._masker.settle(now), at)
        told += self._watch_held(at, settled=bool(told))
        if self.expecting and (now is None or now >= self._expected):
            self._expected = float("-inf")
            told.append(Told("sensitive.over", at))
        return told

    def asked(self, text: str, now: float) -> list[Told]:
        """Somebody on the call said ``text``: is a secret or a card number to follow on
        this leg?"""
        until = now + self._senses.policy.break_seconds
        return self._expect(now, until) if any(self._masker.overhear(text, until)) else []

    def _expect(self, at: float, until: float) -> list[Told]:
        news = until > self._expected + 1.0
        self._expected = max(self._expected, until)
        return [Told("sensitive.expected", at, {"until": round(until, 2)})] if news else []

    def _watch_held(self, at: float, *, settled: bool = False) -> list[Told]:
        """Digits that may become a card are held: the rest of them is expected."""
        held = not settled and any(
            said.masked.held and not said.frozen for said in self._said.values()
        )
        before, self._held = self._held, held
        if held:
            return self._expect(at, at + self._senses.policy.break_seconds)
        if before and self.expecting:
            self._expected = float("-inf")
            return [Told("sensitive.over", at)]
        return []

    def _corrected(self, corrections: Iterable[Any], at: float) -> list[Told]:
        told = []
        for correction in corrections:
            said = self._said.get(correction.utterance)
            if said is None:
                continue
            if said.frozen and len(correction.masked.spans) < len(said.masked.spans):
                continue
            said.masked = correction.masked
            told.append(
                Told(
                    "transcript.corrected", at,
                    {
                        "utterance": said.heard.utterance, "text": correction.masked.text,
                        "words": self._words(said),
                    },
                )
            )  # fmt: skip
        return told

    def _sensitive(self, at: float) -> list[Told]:
        """What is certain by now, each kind of each utterance once."""
        told = []
        for utterance, kinds in self._masker.certain():
            said = self._said.get(utterance)
            if said is None or kinds <= said.told:
                continue
            said.told |= kinds
            heard = said.heard
            spans = silences(heard.text, said.masked, heard.words)
            spans = spans or [(heard.start, heard.end)]
            told.append(
                Told(
                    "sensitive.found", at,
                    {
                        "utterance": heard.utterance, "kinds": sorted(kinds),
                        "spans": [[round(a, 2), round(b, 2)] for a, b in spans],
                        "from": round(self._epoch + spans[0][0], 2),
                        "to": round(self._epoch + spans[-1][1], 2),
                    },
                )
            )  # fmt: skip
        return told

    def _words(self, said: _Said) -> list[list[Any]]:
        return masked_words(said.heard.text, said.masked, said.heard.words, self._senses.policy)

    def _understand(self, heard: Heard) -> list[Told]:
        told = []
        if self._facts is not None:
            self._utterances[self._finals] = heard.utterance
            self._utterances.pop(self._finals - _REMEMBERED, None)
            self._finals += 1
            now = datetime.fromtimestamp(self._epoch + heard.start, self._senses.zone)
            facts = [self._fact(fact) for fact in self._facts.add(heard.text, heard.end, now=now)]
            if facts:
                told.append(Told("facts.found", heard.end, {"facts": facts}))
        if self._intents is not None:
            known = self._intents.classify(heard.text)
            if known.best is not None:
                told.append(
                    Told(
                        "intent.recognised", heard.end,
                        {
                            "utterance": heard.utterance, "intent": known.best.label,
                            "confidence": round(known.best.confidence, 3),
                            "alternatives": [
                                [one.label, round(one.confidence, 3)] for one in known.top[1:]
                            ],
                        },
                    )
                )  # fmt: skip
        if self._feel is not None and self._senses.sentiment is not None:
            mood = self._senses.sentiment.score(heard.text, heard.language or None)
            words = tuple(hit.word for hit in mood.words)
            # Words that were hardly understood say little about a mood.
            self._feel(Sentiment(mood.score, words, min(1.0, heard.confidence / _SURE)))
        return told

    def _fact(self, fact: Fact) -> dict[str, Any]:
        """As it may be shown; its places are in utterances of this leg."""
        if fact.kind is FactKind.PHONE and PHONE in self._senses.policy.kinds:
            fact = replace(fact, value=f"••••{fact.value[-4:]}")
        shown = fact.as_dict()
        shown["spans"] = [[a, b, self._utterances.get(n, 0)] for a, b, n in shown["spans"]]
        return shown
