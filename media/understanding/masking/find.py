"""Finds what is sensitive in text, by the rules of :mod:`~.masking.policy`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from media.understanding import checksums
from media.understanding.characters import fold
from media.understanding.compact import compact
from media.understanding.digits import Digit, read_digits, runs, value_of, words_between
from media.understanding.masking import cues
from media.understanding.masking.announced import announced_cards
from media.understanding.masking.policy import CARD, IDENTITY, PHONE, SECRET, Policy
from media.understanding.masking.quantities import is_quantity
from media.understanding.phones import is_phone, may_be_phone

BREAK = "\0"  # between two utterances that cannot hold one number together
_SECRET_LENGTHS = range(3, 9)
_MOST_DIGITS = 2000  # more in one window is masked whole: nobody says so many


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A span of text to be masked. ``valid``: whether its checksum is right, ``None``
    without one. ``held``: masked only until it is clear what it is."""

    start: int
    end: int
    kind: str
    digits: int
    valid: bool | None = None
    held: bool = False


def find_sensitive(
    text: str, policy: Policy, *, hold: bool = True, expect_secret_from: int | None = None,
    expect_card_from: int | None = None,
) -> list[Sensitive]:  # fmt: skip
    """Spans of single digits (or words that say them) in order; none overlap.

    ``hold``: more may follow, so digits in progress at the end are masked too.
    ``expect_secret_from``: place from which short numbers are secrets, and
    ``expect_card_from`` long ones cards, without a word that says so.
    Under 1 ms for an utterance, some milliseconds for a thousand digits.
    """
    folded = fold(text)
    hits: dict[tuple[int, int], Sensitive] = {}
    digits = read_digits(folded)
    if not digits:
        return []
    readings = [digits]
    heard = read_digits(folded, heard=True)
    if len(heard) != len(digits):
        readings.append(heard)
    for reading in readings:
        if len(reading) > _MOST_DIGITS:
            _mark(hits, reading, CARD, None, False)
            continue
        for part, kind, valid, held in _numbers(
            folded, reading, policy, hold, expect_secret_from, expect_card_from
        ):
            _mark(hits, part, kind, valid, held)
    return [hits[key] for key in sorted(hits)]


def _mark(
    hits: dict[tuple[int, int], Sensitive],
    part: list[Digit],
    kind: str,
    valid: bool | None,
    held: bool,
) -> None:
    """Note the digits; what is certain stands before what is held."""
    counts: dict[tuple[int, int], int] = {}
    for digit in part:
        counts[digit.start, digit.end] = counts.get((digit.start, digit.end), 0) + 1
    for (start, end), count in counts.items():
        known = hits.get((start, end))
        if known is None or (known.held and not held) or (valid and not known.valid):
            hits[start, end] = Sensitive(start, end, kind, count, valid, held)


Part = tuple[list[Digit], str, bool | None, bool]


def _numbers(
    folded: str, digits: list[Digit], policy: Policy, hold: bool, secret_from: int | None,
    card_from: int | None,
) -> Iterator[Part]:  # fmt: skip
    exempt = _exempt_spans(folded, digits, policy)
    chains = _chains(folded, digits, policy)
    for number, chain in enumerate(chains):
        for run in chain:
            yield from _in_run(folded, run, policy, exempt, secret_from)
        yield from _over_runs(folded, chain, policy, exempt)
        last = hold and number == len(chains) - 1
        if CARD in policy.kinds:
            for part, held in announced_cards(folded, chain, exempt, card_from):
                if last or not held:
                    yield part, CARD, None, held
        if last:
            yield from _in_progress(folded, chain, policy, exempt)


def _chains(folded: str, digits: list[Digit], policy: Policy) -> list[list[list[Digit]]]:
    """Rows of digits, grouped by what could still be one number."""
    chains: list[list[list[Digit]]] = []
    parts = [piece for run in runs(folded, digits) for piece in _split_at_breaks(folded, run)]
    for run in parts:
        if chains:
            between = folded[chains[-1][-1][-1].end : run[0].start]
            if BREAK not in between and words_between(between) <= policy.loose_words:
                chains[-1].append(run)
                continue
        chains.append([run])
    return chains


def _split_at_breaks(folded: str, run: list[Digit]) -> list[list[Digit]]:
    pieces = [[run[0]]]
    for before, digit in itertools.pairwise(run):
        if BREAK in folded[before.end : digit.start]:
            pieces.append([])
        pieces[-1].append(digit)
    return pieces


def _in_run(
    folded: str,
    run: list[Digit],
    policy: Policy,
    exempt: list[tuple[int, int]],
    secret_from: int | None,
) -> Iterator[Part]:
    value = value_of(run)
    start, end = run[0].start, run[-1].end
    own = _within(exempt, start, end)
    if CARD in policy.kinds:
        yield from _cards(run, value, own)
    if IDENTITY in policy.kinds:
        for i in range(len(value) - 17):
            if checksums.looks_like_identity(value[i : i + 18]):
                valid = checksums.identity(value[i : i + 18])
                if valid or not own:
                    yield run[i : i + 18], IDENTITY, valid, False
        if len(value) == 9 and (
            cues.announced(cues.SOCIAL, folded, start)
            or cues.SOCIAL_FORM.search(folded, start, end)
        ):
            yield run, IDENTITY, None, False
    if SECRET in policy.kinds and len(value) in _SECRET_LENGTHS:
        expected = secret_from is not None and start >= secret_from
        if (expected or cues.announced(cues.SECRET, folded, start)) and not is_quantity(
            folded, start, end
        ):
            yield run, SECRET, None, False
    if PHONE in policy.kinds and is_phone(value):
        yield run, PHONE, None, False


def _cards(run: list[Digit], value: str, own: bool) -> Iterator[Part]:
    """Every window that is a card. ``own``: the whole row is one of the company's own
    numbers, in which only the whole may be a card."""
    plain = value.rstrip("X")
    if "X" in plain:  # no card has one: what is before and after it may be one
        for stretch in re.finditer("[0-9]{13,}", plain):
            yield from _cards(run[slice(*stretch.span())], stretch[0], own)
        return
    if len(plain) not in checksums.CARD_LENGTHS and len(plain) < 13:
        return
    sums = _luhn_sums(plain)
    for start in range(len(plain) - 12):
        for length in checksums.CARD_LENGTHS:
            end = start + length
            if end > len(plain):
                break
            whole = length == len(plain)
            if not _luhn_window(sums, start, end) or (own and not whole):
                continue
            if whole or checksums.issuer_of(plain[start:end]):
                yield run[start:end], CARD, True, False
    if len(plain) == len(value) and checksums.looks_like_card(plain) and not own:
        yield run, CARD, checksums.luhn(plain), False


def _luhn_sums(value: str) -> tuple[list[int], list[int]]:
    """Running sums in which the even, or the odd, places count double."""
    sums: tuple[list[int], list[int]] = ([0], [0])
    for place, character in enumerate(value):
        plain = int(character)
        twice = plain * 2 - 9 if plain > 4 else plain * 2
        sums[0].append(sums[0][-1] + (plain if place % 2 else twice))
        sums[1].append(sums[1][-1] + (twice if place % 2 else plain))
    return sums


def _luhn_window(sums: tuple[list[int], list[int]], start: int, end: int) -> bool:
    parity = sums[end % 2]  # the place before the last counts double, and so on
    return (parity[end] - parity[start]) % 10 == 0


def _over_runs(
    folded: str, chain: list[list[Digit]], policy: Policy, exempt: list[tuple[int, int]]
) -> Iterator[Part]:
    """Numbers made of whole rows with other words between them."""
    countable = [
        run
        for run in chain
        if not (len(run) <= 6 and is_quantity(folded, run[0].start, run[-1].end))
    ]
    for first in range(len(countable)):
        joined: list[Digit] = list(countable[first])
        for run in countable[first + 1 :]:
            joined = joined + run
            if len(joined) > 19:
                break
            value = value_of(joined)
            if (
                CARD in policy.kinds
                and value.isdigit()
                and checksums.issuer_of(value)
                and checksums.luhn(value)
            ):
                yield joined, CARD, True, False
            if (
                IDENTITY in policy.kinds
                and checksums.looks_like_identity(value)
                and checksums.identity(value)
                and not _within(exempt, joined[0].start, joined[-1].end)
            ):
                yield joined, IDENTITY, True, False


def _in_progress(
    folded: str, chain: list[list[Digit]], policy: Policy, exempt: list[tuple[int, int]]
) -> Iterator[Part]:
    """What the digits at the end could go on to become."""
    tail = folded[chain[-1][-1].end :]
    if BREAK in tail or words_between(tail) > policy.loose_words:
        return
    joined: list[Digit] = []
    for run in reversed(chain):
        if _is_something_else(folded, run, exempt):
            break
        joined = run + joined
        if len(joined) > 19:
            break
    for start in range(max(0, len(joined) - 19), len(joined) - policy.hold_from + 1):
        if _inside_figures(joined, start):
            continue
        value = value_of(joined[start:])
        if CARD in policy.kinds and value.isdigit() and checksums.may_become_card(value):
            yield joined[start:], CARD, None, True
            return
        if IDENTITY in policy.kinds and checksums.may_become_identity(value):
            yield joined[start:], IDENTITY, None, True
            return


def _inside_figures(digits: list[Digit], at: int) -> bool:
    """Whether the place is within figures written as one, where no number begins."""
    return at > 0 and not digits[at].spoken and digits[at - 1].end == digits[at].start


def _is_something_else(folded: str, run: list[Digit], exempt: list[tuple[int, int]]) -> bool:
    start, end = run[0].start, run[-1].end
    return (
        may_be_phone(value_of(run))
        or _within(exempt, start, end)
        or is_quantity(folded, start, end)
        or cues.announced(cues.OTHER, folded, start)
    )


def _exempt_spans(folded: str, digits: list[Digit], policy: Policy) -> list[tuple[int, int]]:
    if not policy.exempt:
        return []
    joined = compact(folded, digits)
    return [
        joined.original(*match.span())
        for pattern in policy.exempt
        for match in pattern.finditer(joined.text)
        if match.group()
    ]


def _within(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(a <= start and end <= b for a, b in spans)
