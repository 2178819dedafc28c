"""English as people write it: figures, money, times, capitals, punctuation."""

from __future__ import annotations

import re
from decimal import Decimal

from media.understanding import numbers_en

_N = numbers_en.SPOKEN
_SIGNS = {"dollar": "$", "buck": "$", "pound": "£", "quid": "£", "euro": "€"}
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DIGIT_WORD = r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine)"
_DIGITS = re.compile(
    rf"\b(?:(?:double|triple) )?{_DIGIT_WORD}(?:[ -]+(?:(?:double|triple) )?{_DIGIT_WORD}){{2,}}\b",
    re.IGNORECASE,
)
_ONE = "one|two|three|four|five|six|seven|eight|nine"
_YEAR = (
    rf"(?:(?:nineteen|twenty)[ -](?:oh[ -]\w+|[a-z]+(?:[ -](?:{_ONE}))?)"
    r"|two thousand(?: and)?(?: [a-z]+)?|(?:19|20)\d\d)"
)
_TWO_DIGITS = "|".join([*numbers_en.TENS, *list(numbers_en.ONES)[10:]])
_DATE = re.compile(
    rf"\b(?:(?P<m1>{_MONTHS}) (?:the )?(?P<d1>{numbers_en.ORDINAL}|\d{{1,2}})"
    rf"|(?:the )?(?P<d2>{numbers_en.ORDINAL}) of (?P<m2>{_MONTHS}))\b(?:,? (?P<y>{_YEAR})\b)?",
    re.IGNORECASE,
)
_SPOKEN_YEAR = re.compile(
    r"\b(?P<b>in|since|until|of|from|year) (?P<y>(?:nineteen|twenty)[ -]"
    rf"(?:oh[ -]\w+|{_TWO_DIGITS})(?:[ -](?:{_ONE}))?)\b",
    re.IGNORECASE,
)
_HOUR = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_MINUTE = (
    r"oh (?:one|two|three|four|five|six|seven|eight|nine)|(?:twenty|thirty|forty|fifty)"
    r"(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|ten|eleven|twelve|thirteen"
    r"|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
)
_TIME = re.compile(
    rf"\b(?P<h>{_HOUR})(?: (?P<m>{_MINUTE}))? ?(?P<half>[ap]\.? ?m\b\.?|o'clock)", re.IGNORECASE
)
_MONEY = re.compile(
    rf"(?P<n>{_N})[ -](?P<u>dollar|buck|pound|euro|quid)s?\b"
    rf"(?: and (?P<c>{_N}) (?:cents?|pence)\b)?",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"(?P<n>{_N}|\d+(?:\.\d+)?) ?(?:percent|per cent)\b", re.IGNORECASE)
_NUMBER = re.compile(_N, re.IGNORECASE)
_CAPITALS = re.compile(
    rf"\b(?:{_DAYS}|january|february|april|june|july|august|september|october|november"
    r"|december)\b"
)
_QUESTION = re.compile(
    r"^(?:(?:and|so|but|well|okay|hi|hello|please|sorry|excuse me),? )*"
    r"(?:who|what|when|where|why|how|which|whose|can|could|would|will|do|does|did"
    r"|is|are|was|were|have|has|may(?! \d)|should|shall"
    r"|isn't|aren't|don't|doesn't|can't|won't)\b(?! i see\b)",
    re.IGNORECASE,
)


def normalise_english(text: str, *, final: bool) -> str:
    """See :func:`media.understanding.normalise.normalise`."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ([,.?!;:])", r"\1", text)
    text = _figures(text)
    text = re.sub(r"\bi(?='(?:m|ve|ll|d|re)\b|\b(?!['.]))", "I", text)
    text = _CAPITALS.sub(lambda m: m.group().capitalize(), text)
    text = re.sub(r"(^|[.?!] )([a-z])", lambda m: m[1] + m[2].upper(), text) if final else text
    if final and text and (text[-1].isalnum() or text[-1] in "%)"):
        last = re.split(r"(?<=[.?!]) ", text)[-1]
        text += "?" if _QUESTION.match(last) else "."
    return text


def _figures(text: str) -> str:
    text = _DATE.sub(_date, text)
    text = _SPOKEN_YEAR.sub(
        lambda m: f"{m['b']} {numbers_en.parse_year(m['y'].lower()) or m['y']}", text
    )
    text = _TIME.sub(_time, text)
    text = _DIGITS.sub(_digits, text)
    text = _MONEY.sub(_money, text)
    text = _PERCENT.sub(lambda m: f"{_amount(m['n'])}%", text)
    return _NUMBER.sub(_number, text)


def _parse(text: str) -> Decimal | None:
    return numbers_en.parse(re.sub(r"\s+", " ", text.lower()))


def _amount(text: str) -> str:
    value = _parse(text)
    return text if value is None else f"{value:,}" if value == int(value) else str(value)


def _digits(match: re.Match[str]) -> str:
    times = {"double": 2, "triple": 3}
    result, repeat = "", 1
    for word in re.findall(r"[a-z]+", match.group().lower()):
        if word in times:
            repeat = times[word]
        else:
            result += str(numbers_en.ONES.get(word, 0)) * repeat
            repeat = 1
    return result


def _date(match: re.Match[str]) -> str:
    day = numbers_en.parse_ordinal((match["d1"] or match["d2"]).lower())
    month = (match["m1"] or match["m2"]).capitalize()
    if day is None or not 1 <= day <= 31 or ((match["d1"] or "").isdigit() and not match["y"]):
        return match.group()
    year = numbers_en.parse_year(match["y"].lower()) if match["y"] else None
    if match["y"] and year is None:
        return match.group()
    return f"{month} {day}" + (f", {year}" if year else "")


def _time(match: re.Match[str]) -> str:
    hour = numbers_en.ONES[match["h"].lower()]
    half = match["half"].lower()
    if half == "o'clock":
        return f"{hour} o'clock"
    minute = 0
    if match["m"]:
        minute = int(_parse(match["m"].lower().removeprefix("oh ")) or 0)
    written = f"{hour}:{minute:02}" if match["m"] else str(hour)
    return f"{written} {half[0]}m"


def _money(match: re.Match[str]) -> str:
    value = _parse(match["n"])
    if value is None:
        return match.group()
    sign = _SIGNS[match["u"].lower()]
    cents = _parse(match["c"]) if match["c"] else None
    if cents is not None:
        return f"{sign}{value:,}.{int(cents):02}"
    return f"{sign}{value:,}" if value == int(value) else f"{sign}{value:,.2f}"


def _number(match: re.Match[str]) -> str:
    """Ten and more in figures; less stays words, as people write it."""
    value = _parse(match.group())
    if value is None or value < 10:
        point = value is not None and " point " in match.group().lower()
        return str(value) if point else match.group()
    if re.fullmatch(r"(?:a|one) (?:hundred|thousand|million|billion)", match.group().lower()):
        return match.group()
    return f"{value:,}" if value == int(value) else str(value)
