"""Times of the day: 下午三点半, 15:30, half past three, 3 pm."""

from __future__ import annotations

import re
from collections.abc import Iterator

from media.understanding import numbers_en, numbers_zh
from media.understanding.facts.model import Fact, FactKind, Span

_N = r"(?:\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[零〇]?[一二两三四五六七八九])"
_CLOCK = re.compile(
    r"(?<![\d:/.])(?P<h>[01]?\d|2[0-3])[:：](?P<m>[0-5]\d)(?::[0-5]\d)?(?!\d)"
    r"\s*(?P<half>[ap]\.?m\b\.?)?"
)
_ZH = re.compile(
    rf"(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|今晚|明晚|昨晚|今早|明早)?\s*"
    rf"(?P<h>{_N})点(?!\d*[零〇一二三四五六七八九\d]*(?:%|块|元|折|心|击|个))"
    rf"(?:钟|整|(?P<half>半)|(?P<q>[一三1 3])刻|(?P<m>{_N})分?)?(?P<back>左右)?"
)
_NUMBER = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MINUTE = (
    r"(?:oh (?:one|two|three|four|five|six|seven|eight|nine)|(?:twenty|thirty|forty|fifty)"
    r"(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|five|\d{2})"
)
_HALF = (
    r"(?P<half>[ap]\.?\s?m\b\.?|in the (?:morning|afternoon|evening)|at night|tonight|this "
    r"(?:morning|afternoon|evening))"
)
_EN = re.compile(rf"\b(?P<h>{_NUMBER})(?:[ .:](?P<m>{_MINUTE}))? ?(?:o'?clock ?)?{_HALF}")
_OCLOCK = re.compile(rf"\b(?P<h>{_NUMBER}) o'?clock\b")
_PAST = re.compile(
    rf"\b(?P<m>half|(?:a )?quarter|{_MINUTE})(?: minutes)? (?P<way>past|to|after) "
    rf"(?P<h>{_NUMBER})\b(?: {_HALF})?"
)
_NAMED = re.compile(r"\b(?:noon|midday|midnight)\b|中午十二点|正午|午夜")


def find_times(folded: str) -> Iterator[Fact]:
    """Candidates, which may overlap; of folded text."""
    for match in _CLOCK.finditer(folded):
        yield from _fact(match, int(match["h"]), int(match["m"]), match["half"], 0.95)
    for match in _ZH.finditer(folded):
        yield from _chinese(match)
    for match in _EN.finditer(folded):
        minutes = _en(match["m"]) if match["m"] else 0
        yield from _fact(match, _en(match["h"]), minutes, match["half"], 0.95)
    for match in _OCLOCK.finditer(folded):
        yield from _fact(match, _en(match["h"]), 0, None, 0.7)
    for match in _PAST.finditer(folded):
        minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(match["m"]) or _en(match["m"])
        hour = _en(match["h"])
        if match["way"] == "to":
            hour, minutes = (hour - 1) % 24 or 12, 60 - minutes
        if match["m"] in ("half", "quarter", "a quarter") or match["half"]:
            sure = 0.99 if match["half"] else 0.85
            yield from _fact(match, hour, minutes, match["half"], sure)
    for match in _NAMED.finditer(folded):
        midnight = match.group() in ("midnight", "午夜")
        yield from _fact(match, 0 if midnight else 12, 0, None, 0.85)


_AFTER_BARE = re.compile(r"[,，。.！!？?\s]|$|了|到|多|之?前|之?后|以前|以后|来|打|开|送|有空|可以")


def _chinese(match: re.Match[str]) -> Iterator[Fact]:
    exact = match["part"] or match.end() > match.end("h") + 1
    if not exact and (match["h"] == "一" or not _AFTER_BARE.match(match.string, match.end())):
        return  # 一点都不贵, 三点建议
    hour = int(numbers_zh.parse(match["h"]) or 0)
    minute = 0
    if match["half"]:
        minute = 30
    elif match["q"]:
        minute = 15 if match["q"] in "一1" else 45
    elif match["m"]:
        minute = int(numbers_zh.parse(match["m"].lstrip("零〇")) or 0)
    part = match["part"]
    late = part in ("下午", "傍晚", "晚上", "夜里", "今晚", "明晚", "昨晚")
    if (late and hour < 12) or (part == "中午" and hour < 3):
        hour += 12
    confidence = 0.95 if part else (0.85 if hour > 12 else 0.7)
    yield from _fact(match, hour % 24 if hour == 24 else hour, minute, None, confidence)


def _en(text: str) -> int:
    if text.startswith("oh "):
        text = text[3:]
    return int(numbers_en.parse(text) or 0)


def _fact(
    match: re.Match[str], hour: int, minute: int, half: str | None, confidence: float
) -> Iterator[Fact]:
    """``half``: what says before or after noon; without it a small hour stays as it is."""
    if half:
        afternoon = half[0] == "p" or any(w in half for w in ("after", "even", "night"))
        if hour > 12 and not afternoon:
            return
        if afternoon and hour < 12:
            hour += 12
        elif not afternoon and hour == 12:
            hour = 0
    if not (0 <= hour < 24 and 0 <= minute < 60):
        return
    yield Fact(
        FactKind.TIME, f"{hour:02}:{minute:02}", (Span(match.start(), match.end()),), confidence
    )
