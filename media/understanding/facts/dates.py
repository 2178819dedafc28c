"""Dates, absolute and relative to a day: 下周三, 三月五号, next Friday, 5 March 2026."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator

from media.understanding import numbers_en, numbers_zh
from media.understanding.facts.model import Fact, FactKind, Span

_MONTHS = {
    name: number
    for number, names in enumerate(
        re.findall(
            r"\S+",
            "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
            "september/sept/sep october/oct november/nov december/dec",
        ),
        start=1,
    )
    for name in names.split("/")
}
_DAYS = {
    name: number
    for number, names in enumerate(
        re.findall(
            r"\S+",
            "monday/mon tuesday/tues/tue wednesday/wed thursday/thurs/thu friday/fri "
            "saturday/sat sunday/sun",
        )
    )
    for name in names.split("/")
}
_ZH_DAYS = dict(
    zip("一二三四五六日天1234567", [0, 1, 2, 3, 4, 5, 6, 6, 0, 1, 2, 3, 4, 5, 6], strict=True)
)
_ZH_RELATIVE = {"大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "今天": 0, "今日": 0,
                "今晚": 0, "今早": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2,
                "大后天": 3}  # fmt: skip
_EN_RELATIVE = {"day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0,
                "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0,
                "tomorrow": 1, "day after tomorrow": 2}  # fmt: skip
_N = r"(?:\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_YEAR = r"(?:\d{4}|[零〇一二三四五六七八九]{4}|\d{2}(?=年))"
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = "|".join(sorted(_DAYS, key=len, reverse=True))
_EN_YEAR = (
    r"(?:(?:19|20)\d{2}|(?:nineteen|twenty)[\s-]+(?:oh[\s-]+\w+|[a-z]+(?:[\s-]+(?:one|two|three|four"
    r"|five|six|seven|eight|nine))?)|two thousand(?: and)?(?: [a-z]+)?)\b"
)
_ISO = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)")
_SLASHED = re.compile(r"(?<![\d/.])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>(?:20)?\d{2})(?![\d/])")
_ZH_DATE = re.compile(
    rf"(?:(?P<y>{_YEAR}|今年|明年|去年)年?的?\s*)?"
    rf"(?:(?P<m>{_N})月份?|(?P<rm>这个月|本月|下个?月|上个?月))的?\s*"
    rf"(?P<d>{_N})(?:[号日]|(?=[,，。.！!？?\s]|$))"
)
_ZH_RELATIVE_RE = re.compile("|".join(sorted(_ZH_RELATIVE, key=len, reverse=True)))
_ZH_WEEK = re.compile(
    r"(?P<w>上上个?|下下个?|上个?|下个?|这个?|本)?(?:周|星期|礼拜)(?P<d>[一二三四五六日天1-6])"
)
_ZH_AGO = re.compile(
    rf"(?P<n>{_N}|半|几)个?(?P<unit>天|日|周|星期|礼拜|月|年)(?P<dir>之?前|以前|之?后|以后)"
)
_EN_RELATIVE_RE = re.compile(
    rf"\b(?:the )?(?:{'|'.join(sorted(_EN_RELATIVE, key=len, reverse=True))})\b"
)
_EN_DATE = re.compile(
    rf"\b(?:(?:the )?(?P<d1>{numbers_en.ORDINAL}|\d{{1,2}})(?: of)? (?P<m1>{_MONTH})\b\.?"
    rf"|(?P<m2>{_MONTH})\b\.? (?:the )?(?P<d2>{numbers_en.ORDINAL}|\d{{1,2}}(?![\d:]))\b)"
    rf"(?:,? (?P<y>{_EN_YEAR}))?"
)
_EN_WEEK = re.compile(rf"\b(?:(?P<w>next|last|this|coming|on) )?(?P<d>{_DAY})\b(?P<after> week)?")
_EN_AGO = re.compile(
    rf"\b(?:(?P<in>in) )?(?P<n>{numbers_en.PATTERN}|an?|a couple of) "
    r"(?P<unit>day|week|month|year)s?(?P<ago> ago| from (?:now|today)| later)?\b"
)
_EN_UNIT = re.compile(r"\b(?P<w>next|last) (?P<unit>week|month|year)\b")


def find_dates(folded: str, now: dt.datetime, *, month_first: bool = True) -> Iterator[Fact]:
    """Candidates, which may overlap; of folded text. ``now``: with the zone in which the
    speaker lives. A date without a year is the nearest one, past or to come."""
    today = now.date()
    yield from _absolute(folded, today, month_first)
    yield from _chinese(folded, today)
    yield from _english(folded, today)


def _absolute(folded: str, today: dt.date, month_first: bool) -> Iterator[Fact]:
    for match in _ISO.finditer(folded):
        yield from _day(match, int(match["y"]), int(match["m"]), int(match["d"]), 0.95)
    for match in _SLASHED.finditer(folded):
        year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
        month, day = int(match["a"]), int(match["b"])
        sure = month > 12 or day > 12
        if month > 12 or (not month_first and day <= 12):
            month, day = day, month
        yield from _day(match, year, month, day, 0.9 if sure else 0.6)


def _chinese(folded: str, today: dt.date) -> Iterator[Fact]:
    for match in _ZH_DATE.finditer(folded):
        day = _zh_number(match["d"])
        year = _zh_year(match["y"], today)
        if match["m"]:
            month = _zh_number(match["m"])
        else:
            step = {"下": 1, "上": -1}.get(match["rm"][0], 0)
            month = (today.month - 1 + step) % 12 + 1
            year = today.year + (today.month - 1 + step) // 12
        if year is None:
            yield from _nearest(match, month, day, today, 0.85)
        else:
            yield from _day(match, year, month, day, 0.97)
    for match in _ZH_RELATIVE_RE.finditer(folded):
        yield _fact(match, today + dt.timedelta(_ZH_RELATIVE[match.group()]), 0.9, relative=True)
    for match in _ZH_WEEK.finditer(folded):
        weeks = {"上": -1, "下": 1}.get((match["w"] or "这")[0], 0)
        if (match["w"] or "")[:2] in ("上上", "下下"):
            weeks *= 2
        monday = today - dt.timedelta(today.weekday())
        day_number = _ZH_DAYS[match["d"]]
        found = monday + dt.timedelta(weeks * 7 + day_number)
        yield _fact(match, found, 0.85 if match["w"] else 0.7, relative=True)
    for match in _ZH_AGO.finditer(folded):
        if match["n"] in ("半", "几"):
            continue
        sign = -1 if "前" in match["dir"] else 1
        found = _shift(today, sign * _zh_number(match["n"]), match["unit"])
        yield _fact(match, found, 0.75, relative=True)


def _english(folded: str, today: dt.date) -> Iterator[Fact]:
    for match in _EN_RELATIVE_RE.finditer(folded):
        days = _EN_RELATIVE[match.group().removeprefix("the ")]
        yield _fact(match, today + dt.timedelta(days), 0.9, relative=True)
    for match in _EN_DATE.finditer(folded):
        day = numbers_en.parse_ordinal(match["d1"] or match["d2"])
        month = _MONTHS[match["m1"] or match["m2"]]
        year = numbers_en.parse_year(match["y"]) if match["y"] else None
        if day is None or (month == 5 and match["m2"] and not match["d2"]):
            continue
        if year is None:
            yield from _nearest(match, month, day, today, 0.85)
        else:
            yield from _day(match, year, month, day, 0.97)
    for match in _EN_WEEK.finditer(folded):
        if match["d"] in ("sat", "sun", "mon", "wed", "fri", "thu", "tue") and not match["w"]:
            continue
        yield _fact(match, _weekday(match, today), 0.8 if match["w"] else 0.65, relative=True)
    for match in _EN_AGO.finditer(folded):
        if not match["in"] and not match["ago"]:
            continue
        number = {"a": 1, "an": 1, "a couple of": 2}.get(match["n"])
        if number is None:
            value = numbers_en.parse(match["n"])
            if value is None or value > 1000 or value != int(value):
                continue
            number = int(value)
        sign = -1 if match["ago"] == " ago" else 1
        yield _fact(match, _shift(today, sign * number, match["unit"]), 0.75, relative=True)
    for match in _EN_UNIT.finditer(folded):
        sign = 1 if match["w"] == "next" else -1
        yield _fact(match, _shift(today, sign, match["unit"]), 0.4, relative=True)


def _weekday(match: re.Match[str], today: dt.date) -> dt.date:
    """*Friday*: the coming one; *next Friday*: that of next week; *last*: the past one."""
    number = _DAYS[match["d"]]
    if match["w"] == "last":
        return today - dt.timedelta((today.weekday() - number - 1) % 7 + 1)
    if match["w"] == "next":
        return today - dt.timedelta(today.weekday()) + dt.timedelta(7 + number)
    coming = today + dt.timedelta((number - today.weekday()) % 7)
    return coming + dt.timedelta(7) if match["after"] else coming


def _zh_number(text: str) -> int:
    return int(numbers_zh.parse(text) or 0)


def _zh_year(text: str | None, today: dt.date) -> int | None:
    if not text:
        return None
    relative = {"今年": 0, "明年": 1, "去年": -1}
    if text in relative:
        return today.year + relative[text]
    value = int(text) if text.isdecimal() else int(numbers_zh.by_digits(text))
    return value + 2000 if value < 100 else value


def _shift(day: dt.date, number: int, unit: str) -> dt.date:
    if unit in ("day", "天", "日"):
        return day + dt.timedelta(number)
    if unit in ("week", "周", "星期", "礼拜"):
        return day + dt.timedelta(7 * number)
    months = day.month - 1 + number * (12 if unit in ("year", "年") else 1)
    year, month = day.year + months // 12, months % 12 + 1
    year = min(max(year, 1), 9999)
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _day(
    match: re.Match[str], year: int, month: int, day: int, confidence: float
) -> Iterator[Fact]:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return
    yield _fact(match, found, confidence)


def _nearest(
    match: re.Match[str], month: int, day: int, today: dt.date, confidence: float
) -> Iterator[Fact]:
    found = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(dt.date(year, month, day))
        except ValueError:
            continue
    if found:
        best = min(found, key=lambda date: abs((date - today).days))
        yield _fact(match, best, confidence)


def _fact(match: re.Match[str], day: dt.date, confidence: float, *, relative: bool = False) -> Fact:
    data = {"relative": True} if relative else {}
    return Fact(
        FactKind.DATE, day.isoformat(), (Span(match.start(), match.end()),), confidence, None, data
    )
