"""Chinese numerals as people say them: 一百二十, 三千五, 一万二, 两点五, 二十几."""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = dict(
    zip("零〇一二两三四五六七八九幺", [0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 1], strict=True)
)
UNITS = {"十": 10, "百": 100, "千": 1000, "佰": 100, "仟": 1000, "拾": 10}
GROUPS = {"万": 10**4, "亿": 10**8}
NUMERAL = "零〇一二两三四五六七八九十百千万亿"
# What a numeral looks like in folded text: spoken, or written with 万 and 亿.
PATTERN = rf"(?:\d+(?:,\d{{3}})*(?:\.\d+)?[千万亿]?|[{NUMERAL}]+(?:点[零〇一二三四五六七八九]+)?)"
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")


def parse(text: str) -> Decimal | None:
    """The value of a numeral, ``None`` if it is none. A last digit without a unit after a
    unit means the next smaller one, as it is spoken: 三百五 is 350, 一万二 is 12000."""
    text = text.translate(_FORMAL)
    written = re.fullmatch(r"(\d+(?:,\d{3})*(?:\.\d+)?)([千万亿]?)", text)
    if written:
        scale = {"": 1, "千": 1000, **GROUPS}[written[2]]
        return Decimal(written[1].replace(",", "")) * scale
    whole, _, fraction = text.partition("点")
    if fraction and not all(c in DIGITS for c in fraction):
        return None
    value = _whole(whole)
    if value is None:
        return None
    if fraction:
        return Decimal(f"{value}.{''.join(str(DIGITS[c]) for c in fraction)}")
    return Decimal(value)


def is_digit_by_digit(text: str) -> bool:
    """Whether it is said digit by digit, as years and numbers are: 二零二四."""
    return len(text) > 1 and all(c in DIGITS for c in text)


def by_digits(text: str) -> str:
    """二零二四 as ``2024``."""
    return "".join(str(DIGITS[c]) for c in text)


def _whole(text: str) -> int | None:
    if not text:
        return None
    if is_digit_by_digit(text):
        return int(by_digits(text))
    total = section = 0
    digit: int | None = None
    last_unit = 1
    zero = False
    for character in text:
        if character in DIGITS:
            if digit:  # two digits in a row within a numeral
                return None
            digit = DIGITS[character]
            zero = zero or digit == 0
        elif character in UNITS:
            unit = UNITS[character]
            if digit is None and unit != 10:
                return None
            section += (1 if digit is None else digit or (1 if unit == 10 else 0)) * unit
            digit, last_unit, zero = None, unit, False
        elif character in GROUPS:
            if digit is None and section == 0 and total == 0:
                return None
            section += digit or 0
            if character == "万":
                total += section * GROUPS[character]
            else:
                total = (total + section) * GROUPS[character]
            section, digit, last_unit, zero = 0, None, GROUPS[character], False
        else:
            return None
    if digit:
        section += digit * (last_unit // 10 if last_unit >= 100 and not zero else 1)
    return total + section
