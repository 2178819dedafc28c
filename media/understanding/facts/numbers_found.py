"""Cards, identity numbers, telephone numbers and orders in one text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from media.understanding import checksums
from media.understanding.compact import Compact, compact
from media.understanding.digits import Digit, read_digits, runs, value_of, words_between
from media.understanding.facts.model import Fact, FactKind, Span, shortened
from media.understanding.facts.settings import DEFAULT_ORDER, FactSettings
from media.understanding.masking import cues
from media.understanding.phones import read_phone

_PLUS = re.compile(r"(?:\+|\bplus\b|加号?|double oh\s*)\s*$")
_ORDER_CUE = re.compile(
    r"\b(?:order|tracking|parcel|invoice|ticket|case|reference|booking|confirmation)\b"
    r"(?: (?:number|code|no|id))?|订单|单号|运单|快递|工单|发票|流水号|票号|编号"
)
_PHONE_CUE = re.compile(
    r"\b(?:phone|mobile|cell|telephone|call me|contact|reach me|number is)\b"
    r"|电话|手机|联系方式|打给"
)
_MOST_WORDS = 8  # between the parts of a card
_DEFAULT_ORDER = re.compile(rf"(?<![a-z0-9])(?:{DEFAULT_ORDER})(?![a-z0-9])")


def find_number_facts(folded: str, settings: FactSettings) -> Iterator[Fact]:
    """Candidates, which may overlap; of folded text."""
    digits = read_digits(folded)
    if not digits:
        return
    yield from _orders(folded, digits, settings)
    found = runs(folded, digits)
    for run in found:
        yield from _cards(run)
        yield from _identities(run)
    yield from _cards_over_words(folded, found)
    yield from _phones(folded, digits, settings)


def _span(part: list[Digit]) -> tuple[Span, ...]:
    return (Span(part[0].start, part[-1].end),)


def _cards(run: list[Digit]) -> Iterator[Fact]:
    value = value_of(run).rstrip("X")
    best: tuple[int, int] | None = None
    for length in reversed(checksums.CARD_LENGTHS):
        for start in range(len(value) - length + 1):
            window = value[start : start + length]
            whole = length == len(value)
            if (
                best is None
                and checksums.issuer_of(window)
                and checksums.luhn(window)
                and (whole or not _inside_figures(run, start, start + length))
            ):
                best = (start, start + length)
    if best is None:
        if checksums.looks_like_card(value) and len(value) == len(run):
            yield _card(run, value, False)
        return
    yield _card(run[best[0] : best[1]], value[best[0] : best[1]], True)


def _card(part: list[Digit], number: str, valid: bool) -> Fact:
    issuer = checksums.issuer_of(number)
    return Fact(
        FactKind.CARD, shortened(number), _span(part), 0.98 if valid else 0.5, valid,
        {"issuer": issuer}, secret=number,
    )  # fmt: skip


def _cards_over_words(folded: str, found: list[list[Digit]]) -> Iterator[Fact]:
    """Cards whose parts have other words between them."""
    for first in range(len(found)):
        parts = [found[first]]
        for run in found[first + 1 :]:
            between = folded[parts[-1][-1].end : run[0].start]
            parts.append(run)
            number = "".join(map(value_of, parts))
            if len(number) > 19 or "\0" in between or words_between(between) > _MOST_WORDS:
                break
            issuer = number.isdigit() and checksums.issuer_of(number)
            if issuer and checksums.luhn(number):
                spans = tuple(span for part in parts for span in _span(part))
                yield Fact(
                    FactKind.CARD, shortened(number), spans, 0.85, True, {"issuer": issuer},
                    secret=number,
                )  # fmt: skip


def _inside_figures(run: list[Digit], start: int, end: int) -> bool:
    """Whether the window begins or ends within figures written as one."""
    at_start = start > 0 and run[start - 1].end == run[start].start
    at_end = end < len(run) and run[end - 1].end == run[end].start
    return (at_start and not run[start].spoken) or (at_end and not run[end - 1].spoken)


def _identities(run: list[Digit]) -> Iterator[Fact]:
    value = value_of(run)
    for start in range(len(value) - 17):
        number = value[start : start + 18]
        if checksums.looks_like_identity(number):
            valid = checksums.identity(number)
            born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
            data = {"born": born.isoformat(), "sex": "male" if int(number[16]) % 2 else "female"}
            confidence = 0.99 if valid else 0.55
            part = run[start : start + 18]
            yield Fact(
                FactKind.IDENTITY, shortened(number), _span(part), confidence, valid, data,
                secret=number,
            )  # fmt: skip


def _phones(folded: str, digits: list[Digit], settings: FactSettings) -> Iterator[Fact]:
    for run in runs(folded, digits):
        for part in _phone_parts(folded, run):
            value = value_of(part)
            start = part[0].start
            plus = bool(_PLUS.search(folded, max(0, start - 12), start))
            phone = read_phone(value, plus=plus, region=settings.region)
            if phone is None and value.startswith("0") and not plus:
                phone = read_phone(value[1:], region=settings.region)
            if phone is None:
                continue
            announced = cues.announced(_PHONE_CUE, folded, start)
            if phone.confidence < 0.7 and not announced and settings.region != "US":
                shaped = re.search(r"\d{3}[-. )]+\d{3}[-. ]\d{4}$", folded[start : part[-1].end])
                if not shaped:
                    continue
            if phone.confidence < 0.7 and cues.announced(_ORDER_CUE, folded, start):
                continue
            confidence = min(0.99, phone.confidence + (0.2 if announced else 0.0))
            yield Fact(
                FactKind.PHONE, phone.number, _span(part), confidence, None, {"plan": phone.plan}
            )


def _phone_parts(folded: str, run: list[Digit]) -> Iterator[list[Digit]]:
    """The run, and its pieces between commas and line ends; a mobile number at its start
    or end."""
    yield run
    value = value_of(run)
    if len(run) > 11:
        for match in re.finditer(r"1[3-9]\d{9}", value):
            if not _inside_figures(run, *match.span()):
                yield run[match.start() : match.end()]
    pieces: list[list[Digit]] = [[run[0]]]
    for digit in run[1:]:
        if re.search(r"[,，、;；。\n]|\. ", folded[pieces[-1][-1].end : digit.start]):
            pieces.append([])
        pieces[-1].append(digit)
    if len(pieces) > 1:
        yield from pieces


_SPELLED = re.compile(
    r"(?<![a-z0-9])[a-z](?=[\s.-]+[a-z](?![a-z]))|(?<![a-z])[a-z]{1,4}(?=\s+[0-9])"
)


def _orders(folded: str, digits: list[Digit], settings: FactSettings) -> Iterator[Fact]:
    joined = compact(folded, digits)
    forms = [joined, _with_letters_joined(joined)] if settings.orders else []
    if settings.orders and "\n" in folded:
        forms.append(_with_letters_joined(compact(folded, digits, over_lines=True)))
    for form in forms:
        for name, pattern in settings.orders.items():
            for match in pattern.finditer(form.text):
                start, end = form.original(*match.span())
                announced = cues.announced(_ORDER_CUE, folded, start)
                yield Fact(
                    FactKind.ORDER, match.group().upper(), (Span(start, end),),
                    0.97 if announced else 0.85, None, {"pattern": name},
                )  # fmt: skip
    for match in _DEFAULT_ORDER.finditer(joined.text):
        start, end = joined.original(*match.span())
        if cues.announced(_ORDER_CUE, folded, start):
            span = (Span(start, end),)
            yield Fact(FactKind.ORDER, match.group().upper(), span, 0.7)


def _with_letters_joined(form: Compact) -> Compact:
    """Without the spaces between letters that are spelled, and after letters that stand
    before digits: *j r 2024* becomes ``jr2024``."""
    keep = [True] * len(form.text)
    for match in _SPELLED.finditer(form.text):
        at = match.end()
        while at < len(form.text) and form.text[at] in " .-":
            keep[at] = False
            at += 1
    kept = [i for i, stays in enumerate(keep) if stays]
    return Compact("".join(form.text[i] for i in kept), tuple(form.places[i] for i in kept))
