"""Telephone numbers: of mainland China, of the North American plan, and E.164.

ITU-T E.164: a country code and at most 15 digits. NANP: ``NXX NXX XXXX``, N 2 to 9.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2[0-57-9]|[3-9]\d{2})[2-8]\d{6,7}")
_SERVICE = re.compile(r"[48]00\d{7}|95\d{3}|1(?:0086|0010|0000|2315|2345)")
_NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
# One- and two-digit country codes and the lengths of whole national numbers; the rest of
# the plan has three digits.
_COUNTRY = re.compile(
    r"1[2-9]\d{9}|7\d{10}|86(?:1[3-9]\d{9}|[1-9]\d{9,10})|8[1-4]\d{8,10}|9[0-58]\d{8,12}"
    r"|6[0-6]\d{7,11}|5[1-8]\d{8,11}|4[013-9]\d{7,12}|3[0-469]\d{8,12}|2[07]\d{8,10}"
    r"|(?:2[1-689]\d|3[578]\d|42\d|5[09]\d|6[789]\d|85\d|88\d|9[679]\d)\d{6,12}"
)


class Phone(NamedTuple):
    """``number`` in E.164 where the country is known, else as dialled; ``plan``."""

    number: str
    plan: str
    confidence: float


def read_phone(digits: str, *, plus: bool = False, region: str = "CN") -> Phone | None:
    """The telephone number that exactly these digits are. ``plus``: an international
    prefix was said. ``region``: whose national numbers are expected, ``CN`` or ``US``."""
    for prefix in ("00", "011"):
        if not plus and digits.startswith(prefix) and _COUNTRY.fullmatch(digits[len(prefix) :]):
            return Phone(f"+{digits[len(prefix) :]}", "e164", 0.9)
    if plus:
        fits = _COUNTRY.fullmatch(digits) and len(digits) <= 15
        return Phone(f"+{digits}", "e164", 0.97) if fits else None
    if _MOBILE.fullmatch(digits) and region == "CN":
        return Phone(f"+86{digits}", "mobile", 0.95)
    if region == "CN" and _SERVICE.fullmatch(digits) and len(digits) == 10:
        return Phone(digits, "service", 0.8)
    if _NANP.fullmatch(digits) and (region == "US" or len(digits) == 10):
        return Phone(f"+1{digits[-10:]}", "nanp", 0.9 if region == "US" else 0.6)
    if _MOBILE.fullmatch(digits):
        return Phone(f"+86{digits}", "mobile", 0.7)
    if digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        return Phone(f"+{digits}", "mobile", 0.95)
    if region == "CN" and _LANDLINE.fullmatch(digits):
        return Phone(f"+86{digits[1:]}", "landline", 0.85)
    return None


def is_phone(digits: str) -> bool:
    """Whether these digits alone are surely a telephone number."""
    return _MOBILE.fullmatch(digits) is not None


def may_be_phone(digits: str) -> bool:
    """Whether these digits are a mobile number of mainland China, or the first of one."""
    return len(digits) <= 11 and digits[:1] == "1" and digits[1:2] in set("3456789")
