"""Facts over the utterances of one leg: a number may begin in one and end in another."""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import replace

from media.understanding.characters import fold
from media.understanding.digits import read_digits
from media.understanding.facts.extract import extract
from media.understanding.facts.model import Fact, FactKind, Span
from media.understanding.facts.settings import FactSettings

# Kinds that people say in several breaths.
SPLIT_KINDS = frozenset({FactKind.CARD, FactKind.IDENTITY, FactKind.ORDER, FactKind.PHONE})


class LegFacts:
    """Facts of what one leg says, in order.

    ``window``: seconds without a further utterance after which a number is over.
    ``longest``: utterances looked back on. Quick: may run on the event loop.
    """

    def __init__(
        self, settings: FactSettings | None = None, *, window: float = 30.0, longest: int = 8
    ) -> None:
        self._settings = settings or FactSettings()
        self._window = window
        self._past: deque[tuple[int, str, float]] = deque(maxlen=longest)
        self._known: dict[tuple[FactKind, str], Fact] = {}
        self._count = 0

    @property
    def facts(self) -> list[Fact]:
        """Everything known, the surest reading of each value."""
        return list(self._known.values())

    def add(self, text: str, at: float, *, now: dt.datetime | None = None) -> list[Fact]:
        """The facts that ``text`` adds or makes surer. Spans carry the number of the
        utterance, from 0; a number in several utterances has a span in each.

        ``at``: seconds on any one clock. ``now``: the same as a date, with a zone.
        """
        number = self._count
        self._count += 1
        if self._past and at - self._past[-1][2] > self._window:
            self._past.clear()
        found = [_numbered(fact, number) for fact in extract(text, self._settings, now=now)]
        if self._past:
            found = self._with_split(text, number, found, now)
        self._past.append((number, text, at))
        return [fact for fact in found if self._is_news(fact)]

    def _with_split(
        self, text: str, number: int, found: list[Fact], now: dt.datetime | None
    ) -> list[Fact]:
        """With the numbers that only all the last utterances together make."""
        utterances = [*((n, t) for n, t, _ in self._past), (number, text)]
        places, joined = [], ""
        for index, said in utterances:
            places.append((len(joined), len(joined) + len(said), index))
            joined += said + "\n"
        whole = []
        for fact in extract(joined, self._settings, now=now):
            spans = tuple(
                _on_digits(joined, Span(max(span.start, start), min(span.end, end), index), start)
                for span in fact.spans
                for start, end, index in places
                if span.start < end and span.end > start
            )
            if fact.kind in SPLIT_KINDS and len(spans) > 1 and spans[-1].utterance == number:
                whole.append(replace(fact, spans=spans))
        parts = [
            fact
            for fact in found
            if not any(
                span.utterance == number and span.start <= fact.spans[0].start < span.end
                for other in whole
                for span in other.spans
            )
        ]
        return [*parts, *whole]

    def _is_news(self, fact: Fact) -> bool:
        key = (fact.kind, fact.secret or fact.value)
        known = self._known.get(key)
        if known is not None and known.confidence >= fact.confidence:
            return False
        for other in [k for k, old in self._known.items() if _is_part(old, fact)]:
            del self._known[other]
        self._known[key] = fact
        return True


def _numbered(fact: Fact, number: int) -> Fact:
    return replace(fact, spans=tuple(replace(span, utterance=number) for span in fact.spans))


def _is_part(old: Fact, new: Fact) -> bool:
    """Whether ``old`` is a first, shorter reading of the same number."""
    return (
        old.kind in SPLIT_KINDS
        and len(new.spans) > 1
        and all(
            any(s.utterance == o.utterance and s.start <= o.start < s.end for s in new.spans)
            for o in old.spans
        )
    )


def _on_digits(joined: str, span: Span, start: int) -> Span:
    """The span as a place in its own utterance, which begins at ``start``, from the first
    digit to the last: hesitations at the seams left out."""
    digits = read_digits(fold(joined[span.start : span.end]))
    first, last = (digits[0].start, digits[-1].end) if digits else (0, span.end - span.start)
    at = span.start - start
    return Span(at + first, at + last, span.utterance)
