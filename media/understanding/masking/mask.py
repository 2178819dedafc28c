"""One text without its sensitive numbers, and where they stood."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from media.understanding.characters import fold
from media.understanding.digits import read_digits, runs, value_of
from media.understanding.masking.find import Sensitive, find_sensitive
from media.understanding.masking.policy import CARD, Policy


@dataclass(frozen=True, slots=True)
class Masked:
    """``text`` may be stored and shown. ``spans`` are places in the text as it came in,
    one for each digit or word that says digits; ``shown`` are the same in ``text``."""

    text: str
    spans: tuple[Sensitive, ...] = ()
    shown: tuple[tuple[int, int], ...] = ()

    @property
    def held(self) -> bool:
        """Whether part of it may be shown later."""
        return any(span.held for span in self.spans)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds that are certain."""
        return frozenset(span.kind for span in self.spans if not span.held)


def mask(text: str, policy: Policy | None = None, *, partial: bool = False) -> Masked:
    """Mask one text that stands for itself, e.g. a mail or a chat message.

    ``partial``: more of it may follow, so numbers in progress at its end are masked too.
    For a conversation use :class:`~.leg.LegMasker`. Quick: may run on the event loop.
    """
    policy = policy or Policy()
    return apply_mask(text, find_sensitive(text, policy, hold=partial), policy)


def mask_alone(text: str, policy: Policy | None = None) -> Masked:
    """Mask an utterance whose neighbours are not known: besides what is certain every row
    of digits that could be part of a card or an identity number, wherever it stands."""
    policy = policy or Policy()
    found = find_sensitive(text, policy, hold=True)
    folded = fold(text)
    taken = {(span.start, span.end) for span in found}
    for run in runs(folded, read_digits(folded, heard=True)):
        if len(value_of(run)) < policy.hold_from:
            continue
        places = Counter((digit.start, digit.end) for digit in run)  # 'double two' is one
        found += [
            Sensitive(start, end, CARD, count)
            for (start, end), count in places.items()
            if (start, end) not in taken
        ]
        taken |= set(places)
    return apply_mask(text, sorted(found, key=lambda span: span.start), policy)


def apply_mask(text: str, spans: list[Sensitive], policy: Policy) -> Masked:
    """``text`` with ``spans`` masked, of whole cards all but the last digits to keep."""
    masked = _without_kept(spans, policy.keep_last) if policy.keep_last else spans
    parts: list[str] = []
    shown: list[tuple[int, int]] = []
    at = length = 0
    for span in masked:
        parts += [text[at : span.start], policy.mask * span.digits]
        length += span.start - at
        shown.append((length, length + span.digits))
        length += span.digits
        at = span.end
    return Masked("".join(parts) + text[at:], tuple(masked), tuple(shown))


def _without_kept(spans: list[Sensitive], keep: int) -> list[Sensitive]:
    """Without the last digits of each whole card. Rows of spans of cards that follow each
    other closely are one card; only one of a usual length keeps any."""
    result: list[Sensitive] = []
    row: list[Sensitive] = []

    def close() -> None:
        count = sum(span.digits for span in row)
        plain = all(span.digits == 1 for span in row[-keep:])
        result.extend(row[:-keep] if 13 <= count <= 19 and plain else row)
        row.clear()

    for span in spans:
        if row and (span.start - row[-1].end > 3 or span.kind != CARD or not span.valid):
            close()
        if span.kind == CARD and span.valid and not span.held:
            row.append(span)
        else:
            result.append(span)
    close()
    return sorted(result, key=lambda span: span.start)
