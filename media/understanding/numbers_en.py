"""English numerals as people say them: *two thousand three hundred and fifty*."""

from __future__ import annotations

import re
from decimal import Decimal

ONES = {
    word: value
    for value, word in enumerate(
        re.findall(
            r"\w+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen seventeen eighteen nineteen",
        )
    )
}
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_SMALL = "|".join(sorted([*ONES, *TENS], key=len, reverse=True))
_SCALE = "|".join(SCALES)
_ORDINAL = "|".join(sorted(_ORDINALS, key=len, reverse=True))
# What a numeral looks like in folded text; 'a' only before a scale: a hundred.
SPOKEN = (
    rf"(?:\b(?:(?:{_SMALL})\b|an?\s+(?=(?:{_SCALE})\b)(?:{_SCALE})\b)"
    rf"(?:(?:[\s-]+|\s+and\s+)(?:{_SMALL}|{_SCALE})\b)*"
    rf"(?:\s+point(?:\s+(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b)+)?)"
)
WRITTEN = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:\s*(?:thousand|million|billion|k|m)\b)?"
)
PATTERN = rf"(?:{WRITTEN}|{SPOKEN})"
ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|(?:(?:twenty|thirty)[\s-]+)?(?:{_ORDINAL}))"
_SUFFIXES = {"k": 1000, "m": 10**6, **SCALES}


def parse(text: str) -> Decimal | None:
    """The value of a numeral in folded text, ``None`` if the words make none, e.g. the
    digits of a telephone number."""
    text = text.strip()
    written = re.fullmatch(r"([\d,]+(?:\.\d+)?)\s*(thousand|million|billion|k|m|hundred)?", text)
    if written:
        return Decimal(written[1].replace(",", "")) * _SUFFIXES.get(written[2] or "", 1)
    whole, _, fraction = text.partition(" point ")
    value = _whole(re.findall(r"[a-z]+", whole))
    if value is None:
        return None
    if fraction:
        digits = [str(ONES.get(word, 0)) for word in fraction.split()]
        return Decimal(f"{value}.{''.join(digits)}")
    return Decimal(value)


def _whole(words: list[str]) -> int | None:
    if not words:
        return None
    total = section = 0
    last = "scale"  # what came before: scale, ten, one
    for word in words:
        if word in ("and", "a", "an"):
            if word != "and" and not section:
                section = 1
            continue
        if word in TENS:
            if last != "scale":
                return None
            section += TENS[word]
            last = "ten"
        elif word in ONES:
            value = ONES[word]
            if last == "one" or (last == "ten" and not 1 <= value <= 9):
                return None
            section += value
            last = "one"
        elif word == "hundred":
            section = (section or 1) * 100
            last = "scale"
        elif word in SCALES:
            total += (section or 1) * SCALES[word]
            section, last = 0, "scale"
        else:
            return None
    return total + section


def parse_ordinal(text: str) -> int | None:
    """*5th*, *fifth*, *twenty first* as a number."""
    figures = re.match(r"\d+", text)
    if figures:
        return int(figures.group())
    total = 0
    for word in re.findall(r"[a-z]+", text):
        if word in TENS:
            total += TENS[word]
        elif word in _ORDINALS:
            total += _ORDINALS[word]
        else:
            return None
    return total or None


def parse_year(text: str) -> int | None:
    """A year as it is spoken: *twenty twenty four*, *nineteen ninety*, *two thousand and
    five*; or written."""
    if re.fullmatch(r"(?:19|20)\d{2}", text):
        return int(text)
    value = parse(text)
    if value is not None and 1900 <= value <= 2099:
        return int(value)
    words = re.findall(r"[a-z]+", text)
    if len(words) < 2 or words[0] not in ("nineteen", "twenty"):
        return None
    rest = " ".join(words[1:]).replace("oh", "zero")
    low = _whole(rest.split()) if not rest.startswith("zero ") else ONES.get(rest.split()[1])
    if low is None or not 0 <= low <= 99:
        return None
    return (1900 if words[0] == "nineteen" else 2000) + low
