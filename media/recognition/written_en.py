"""English in writing: digits for numbers from ten on, for digit strings, money, per cent.

Whisper does most of it by itself; what other engines say in words is put into the same
form, and digits that Whisper spells apart (1-0-0-1) are joined.
"""

from __future__ import annotations

import re

_ONES = {
    "zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17,
    "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip

_NAMES = "|".join([*_ONES, *_TENS, *_LARGE])
_RUN = re.compile(rf"\b(?:{_NAMES})(?:(?:[ -]| and )(?:{_NAMES}))*\b", re.IGNORECASE)
_APART = re.compile(
    r"(?<![\d.$])\d(?:[ -]\d(?![\d.%])){2,}(?:, ?\d(?:[ -]\d(?![\d.%]))*)*|"
    r"(?<![\d.$])\d(?:(?:, ?|-)\d(?![\d.%])){3,}"
)
_DATE = re.compile(
    rf"\b({'|'.join(_MONTHS)}) (twenty |thirty )?({'|'.join(_ORDINALS)})\b", re.IGNORECASE
)
_MONEY = re.compile(r"\b(\d[\d,.]*) (dollars|euros|pounds|yuan)\b", re.IGNORECASE)
_SIGNS = {"dollars": "$", "euros": "€", "pounds": "£", "yuan": "¥"}
_PERCENT = re.compile(r"\b(\d[\d.]*) per ?cent\b", re.IGNORECASE)
_STRING = 3  # digits in a row that make a number of their own


def write(text: str) -> str:
    """A recognised sentence as it is written."""
    text = " ".join(text.split())
    text = _DATE.sub(_date, text)
    text = _RUN.sub(_run, text)
    text = _APART.sub(lambda m: re.sub(r"[ ,-]", "", m[0]), text)
    text = _MONEY.sub(lambda m: _SIGNS[m[2].lower()] + m[1], text)
    return _PERCENT.sub(lambda m: m[1] + "%", text)


def value(words: list[str]) -> int | None:
    """The number that ``words`` say, as in 'two hundred and five'; None if it is none."""
    total, section, last = 0, 0, 1000
    for word in words:
        if word in _ONES or word in _TENS:
            number = _ONES.get(word, _TENS.get(word, 0))
            if number >= last or (number == 0 and len(words) > 1):
                return None
            section += number
            last = 10 if word in _TENS else 1
        elif word == "hundred":
            section, last = max(section, 1) * 100, 100
        elif word in _LARGE:
            total += max(section, 1) * _LARGE[word]
            section, last = 0, 1000
    return total + section


def _run(found: re.Match[str]) -> str:
    words = [w for w in re.split(r"[ -]", found[0].lower()) if w != "and"]
    if len(words) >= _STRING and all(_ONES.get(word, 10) < 10 for word in words):
        return "".join(str(_ONES[word]) for word in words)
    number = value(words)
    if number is None:
        return _mixed(words) or found[0]
    if words[0] in _LARGE:  # 'a million'
        return found[0]
    follows = found.string[found.end() :].lstrip().lower()
    sum_of_money = follows.startswith((*_SIGNS, "percent", "per cent"))
    if words == ["oh"] or (number < 10 and not sum_of_money):
        return found[0]
    return f"{number:,}" if number >= 10_000 else str(number)


def _mixed(words: list[str]) -> str:
    """'four one twenty two': digits and small numbers one after another, as people read
    out a number."""
    if any(word in _LARGE for word in words) or len(words) < _STRING:
        return ""
    out: list[str] = []
    tens = 0
    for word in words:
        if word in _TENS:
            if tens:
                out.append(str(tens))
            tens = _TENS[word]
        elif tens and 0 < _ONES[word] < 10:
            out.append(str(tens + _ONES[word]))
            tens = 0
        else:
            out += [str(tens)] * bool(tens) + [str(_ONES[word])]
            tens = 0
    return "".join([*out, *[str(tens)] * bool(tens)])


def _date(found: re.Match[str]) -> str:
    tens = _TENS[found[2].strip().lower()] if found[2] else 0
    return f"{found[1].capitalize()} {tens + _ORDINALS[found[3].lower()]}"
