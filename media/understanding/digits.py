"""Digits as people say and write them: ``four one double two``, ``四幺幺幺``, ``４１ 11``.

:func:`read_digits` gives one :class:`Digit` for each digit, with the place of the
characters that say it. What stands between two digits decides whether they belong to one
number: nothing, separators and hesitations (:func:`is_tight`), or other words, of which
:func:`words_between` counts how many.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from media.understanding.characters import CJK, words

_EN = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9", "fife": "5",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5",
    "sixty": "6", "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
_ZH = dict(
    zip("零〇幺一二三四五六七八九两壹贰叁肆伍陆柒捌玖", "0011234567892123456789", strict=True)
)
# Heard for a digit by recognisers, or said for one by some; only between other digits.
_HEARD = {"to": "2", "too": "2", "for": "4", "ate": "8", "won": "1", "tree": "3",
          "要": "1", "腰": "1", "洞": "0", "拐": "7", "勾": "9"}  # fmt: skip
_DIGIT = "(?:" + "|".join(sorted((w for w in _EN if len(w) > 1), key=len, reverse=True)) + "|o)"
_TOKEN = re.compile(
    rf"(?P<written>[0-9])"
    rf"|(?P<word>(?<![^\W\d_{CJK}])(?:"
    rf"(?P<times>double|triple|treble|quadruple)[\s-]+(?P<repeated>{_DIGIT}|[0-9])"
    rf"|(?P<tens>{'|'.join(_TENS)})(?:[\s-]?(?P<unit>one|two|three|four|five|six|seven|eight|nine))?"
    rf"|(?P<teen>{'|'.join(_TEENS)})"
    rf"|(?P<round>one|two|three|four|five|six|seven|eight|nine)[\s-]+(?P<zeros>hundred|thousand)"
    rf"|(?P<digit>{_DIGIT}))(?![^\W\d_{CJK}])(?!['’]\w))"
    rf"|(?P<zh10>[二三四五六七八九]?十[一二三四五六七八九]?)"
    rf"|(?P<zh>(?<![{''.join(_ZH)}])[一二两三四五六七八九](?=[下个些直样起定般会共切位次])(?P<none>)"
    rf"|[{''.join(_ZH)}])"
)
_HEARD_TOKEN = re.compile(
    rf"(?<![^\W\d_{CJK}])(?:to|too|for|ate|won|tree)(?![^\W\d_{CJK}])|[要腰洞拐勾]"
)
_X = re.compile(rf"[\W_]*(?:x|ex|(?:the )?letter x|叉|艾克斯|大写x|字母x)(?![^\W\d_{CJK}])")
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_FILLERS = frozenset(
    re.findall(
        r"\S+",
        "um uh uhm umm er erm ah eh hmm mm and then next dash hyphen space plus dot slash minus "
        "okay ok yeah so well is it's its that's that",
    )
)
_ZH_FILLERS = frozenset("嗯呃啊哦额唔那个然后再接着横杠空格是呢就好的对")


@dataclass(frozen=True, slots=True)
class Digit:
    """``value``: ``0`` to ``9``, or ``X`` as the last place of an identity number. Digits
    said by one word (``double two``) share ``start`` and ``end``."""

    value: str
    start: int
    end: int
    spoken: bool


def read_digits(folded: str, *, heard: bool = False) -> list[Digit]:
    """All digits of folded text in order. ``heard``: also take words that recognisers put
    down for digits (*to*, *for*, 要), where digits stand on both sides."""
    found: list[Digit] = []
    for match in _TOKEN.finditer(folded):
        if match["none"] is not None:  # 一下, 两个: words, not digits
            continue
        written = match["written"]
        value = written or _value(match)
        for digit in value:
            found.append(Digit(digit, match.start(), match.end(), not written))
    if heard and found:
        found = _with_heard(folded, found)
    return _with_x(folded, found)


def _value(match: re.Match[str]) -> str:
    if match["zh"]:
        return _ZH[match["zh"]]
    if match["zh10"]:
        tens, _, unit = match["zh10"].partition("十")
        return _ZH.get(tens, "1") + _ZH.get(unit, "0")
    if match["times"]:
        repeated = match["repeated"]
        return _EN.get(repeated, repeated) * _TIMES[match["times"]]
    if match["tens"]:
        return _TENS[match["tens"]] + _EN.get(match["unit"] or "", "0")
    if match["teen"]:
        return _TEENS[match["teen"]]
    if match["round"]:
        return _EN[match["round"]] + ("00" if match["zeros"] == "hundred" else "000")
    return _EN[match["digit"]]


def _with_heard(folded: str, found: list[Digit]) -> list[Digit]:
    extra = []
    for match in _HEARD_TOKEN.finditer(folded):
        before = [d for d in found if d.end <= match.start()]
        after = [d for d in found if d.start >= match.end()]
        if (
            before
            and after
            and is_tight(folded[before[-1].end : match.start()])
            and is_tight(folded[match.end() : after[0].start])
        ):
            extra.append(Digit(_HEARD[match.group()], match.start(), match.end(), True))
    return sorted([*found, *extra], key=lambda d: d.start)


def _with_x(folded: str, found: list[Digit]) -> list[Digit]:
    """With the X that may end an identity number, after 17 digits that belong together."""
    if len(found) < 17:
        return found
    result: list[Digit] = []
    for index, digit in enumerate(found):
        result.append(digit)
        following = found[index + 1].start if index + 1 < len(found) else len(folded)
        if following == digit.start or index < 16:
            continue
        match = _X.match(folded, digit.end, following)
        if match:
            result.append(Digit("X", digit.end, match.end(), False))
    return result


def is_tight(between: str) -> bool:
    """Whether only separators and hesitations stand there."""
    return all(word in _FILLERS or word in _ZH_FILLERS for word in words(between))


def words_between(between: str) -> float:
    """How many other words stand there; a Chinese character counts half."""
    return sum(
        1.0 if len(word) > 1 or word.isascii() else 0.5
        for word in words(between)
        if word not in _FILLERS and word not in _ZH_FILLERS
    )


def runs(folded: str, digits: list[Digit]) -> list[list[Digit]]:
    """Digits that belong together, with nothing but separators between them."""
    found: list[list[Digit]] = []
    for digit in digits:
        if found and is_tight(folded[found[-1][-1].end : digit.start]):
            found[-1].append(digit)
        else:
            found.append([digit])
    return found


def value_of(digits: list[Digit]) -> str:
    """The digits as one string."""
    return "".join(digit.value for digit in digits)
