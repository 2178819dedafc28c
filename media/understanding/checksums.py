"""Checksums of numbers and the ranges they are given out from.

* payment cards: Luhn, ISO/IEC 7812-1; issuers by their first digits and lengths;
* identity numbers of the People's Republic of China: GB 11643, ISO 7064 MOD 11-2.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

CARD_LENGTHS = range(13, 20)


class Issuer(NamedTuple):
    """A range of first digits (both ends included, same length) and the card's lengths."""

    name: str
    first: str
    last: str
    lengths: frozenset[int]

    def takes(self, digits: str) -> bool:
        """Whether ``digits`` begin, or could go on to begin, in the range."""
        n = min(len(digits), len(self.first))
        return self.first[:n] <= digits[:n] <= self.last[:n]


def _issuer(name: str, ranges: str, *lengths: int) -> list[Issuer]:
    found = []
    for item in ranges.split():
        first, _, last = item.partition("-")
        found.append(Issuer(name, first, last or first, frozenset(lengths)))
    return found


ISSUERS = (
    *_issuer("visa", "4", 13, 16, 19),
    *_issuer("mastercard", "51-55 2221-2720", 16),
    *_issuer("amex", "34 37", 15),
    *_issuer("unionpay", "62 81", 16, 17, 18, 19),
    *_issuer("discover", "6011 644-649 65", 16, 17, 18, 19),
    *_issuer("jcb", "3528-3589", 16, 17, 18, 19),
    *_issuer("diners", "300-305 3095 36 38-39", 14, 16, 19),
    *_issuer("mir", "2200-2204", 16, 17, 18, 19),
    *_issuer("rupay", "508 60 82", 16),
    *_issuer("maestro", "50 56-59 63 67-69", 13, 14, 15, 16, 17, 18, 19),
    *_issuer("domestic", "9558", 16, 19),  # older debit cards of Chinese banks
)
# The lengths that a person reads from a card today; others only with a checksum.
_COMMON = {
    "visa": {16},
    "mastercard": {16},
    "amex": {15},
    "unionpay": {16, 19},
    "discover": {16},
    "jcb": {16},
    "domestic": {19},
}


def luhn(digits: str) -> bool:
    """Whether the check digit of ``digits`` is right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def issuer_of(digits: str) -> str | None:
    """Who issues cards of that beginning and length; ``None`` if nobody known."""
    if len(digits) not in CARD_LENGTHS:
        return None
    for issuer in ISSUERS:
        if len(digits) in issuer.lengths and issuer.takes(digits):
            return issuer.name
    return None


def looks_like_card(digits: str) -> bool:
    """Whether a number with a wrong check digit has a common issuer and length: a card
    that was misread or misheard."""
    issuer = issuer_of(digits)
    return issuer is not None and len(digits) in _COMMON.get(issuer, ())


def may_become_card(digits: str) -> bool:
    """Whether further digits could make these a card of a known issuer."""
    return any(i.takes(digits) and len(digits) < max(i.lengths) for i in ISSUERS)


# GB/T 2260: the first two digits of an identity number.
_PROVINCES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
    "61 62 63 64 65 71 81 82 83"
)
PROVINCES = frozenset(_PROVINCES.split(" "))
_WEIGHTS = tuple(2 ** (17 - i) % 11 for i in range(17))
_OLDEST = dt.date(1900, 1, 1)


def identity_check_digit(first_17: str) -> str:
    """The 18th place, ``0`` to ``9`` or ``X``."""
    total = sum(int(d) * w for d, w in zip(first_17, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def looks_like_identity(number: str, today: dt.date | None = None) -> bool:
    """Whether 18 places have a province and a birth date that can be; the checksum
    apart. ``today``: the latest birth date."""
    if len(number) != 18 or number[:2] not in PROVINCES or not number[:17].isdigit():
        return False
    if number[17] != "X" and not number[17].isdigit():
        return False
    try:
        born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return _OLDEST <= born <= (today or dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1))


def identity(number: str) -> bool:
    """Whether the check digit of an 18-place identity number is right."""
    return identity_check_digit(number[:17]) == number[17]


def may_become_identity(digits: str) -> bool:
    """Whether further digits could make these an identity number."""
    if len(digits) >= 18 or not digits.isdigit():
        return False
    if len(digits) >= 2 and digits[:2] not in PROVINCES:
        return False
    # Prefectures are 01 to 70, and 90 for counties under the province itself; Hebei and
    # the cities of province rank are narrower, which keeps mobile numbers apart.
    prefecture = digits[2:4]
    if len(prefecture) == 2:
        highest = {"13": 11, "11": 2, "12": 2, "31": 2, "50": 2}.get(digits[:2], 70)
        if not (1 <= int(prefecture) <= highest or prefecture == "90"):
            return False
    if len(digits) >= 8 and digits[6:8] not in ("19", "20"):
        return False
    return not (len(digits) >= 12 and not 1 <= int(digits[10:12]) <= 12)
