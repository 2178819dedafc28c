"""All facts of one text."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable

from media.understanding.characters import fold
from media.understanding.facts.dates import find_dates
from media.understanding.facts.model import Fact, FactKind
from media.understanding.facts.money import find_money
from media.understanding.facts.names import find_names
from media.understanding.facts.numbers_found import find_number_facts
from media.understanding.facts.products import Lexicon
from media.understanding.facts.settings import FactSettings, Product
from media.understanding.facts.times import find_times

_RANK = {kind: rank for rank, kind in enumerate(FactKind)}


def extract(
    text: str, settings: FactSettings | None = None, *, now: dt.datetime | None = None
) -> list[Fact]:
    """Key facts of ``text`` in the order in which they are said.

    ``now``: when it is said, with the speaker's zone; what is relative is counted from it.
    About a millisecond for an utterance: may run on the event loop; longer texts belong
    in a thread. For a conversation use :class:`~.window.LegFacts`.
    """
    settings = settings or FactSettings()
    folded = fold(text)
    candidates = [
        *find_number_facts(folded, settings),
        *find_money(folded),
        *find_dates(
            folded, now or dt.datetime.now().astimezone(), month_first=settings.month_first
        ),
        *find_times(folded),
        *find_names(text, folded),
        *_lexicon(settings.products).find(folded),
    ]
    return _without_overlaps(candidates)


@functools.lru_cache(maxsize=64)
def _lexicon(products: tuple[Product, ...]) -> Lexicon:
    return Lexicon(products)


def _without_overlaps(candidates: Iterable[Fact]) -> list[Fact]:
    """The best facts, no two of them of the same words."""
    ordered = sorted(candidates, key=_weight, reverse=True)
    kept: list[Fact] = []
    for fact in ordered:
        if not any(_overlap(fact, other) for other in kept):
            kept.append(fact)
    return sorted(kept, key=lambda f: (f.spans[0].start, _RANK[f.kind]))


def _weight(fact: Fact) -> tuple[int, float, int]:
    """What has a checksum and it is right first; then longer before shorter of a kind of
    about the same confidence."""
    length = sum(span.end - span.start for span in fact.spans)
    return (1 if fact.valid else 0, round(fact.confidence, 1) + 0.02 * min(length, 20), length)


def _overlap(a: Fact, b: Fact) -> bool:
    return any(
        x.utterance == y.utterance and x.start < y.end and y.start < x.end
        for x in a.spans
        for y in b.spans
    )
