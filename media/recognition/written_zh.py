"""Mandarin in writing: simplified, Arabic numerals where people use them, full-width marks.

Numbers of two or more signs become digits (三百二十 to 320, 五万 to 5万, 百分之二十 to
20%), strings of three or more digits too (telephone, card and order numbers), and what
dates and times are made of. Single numerals, ordinals and set phrases stay as they are.
"""

from __future__ import annotations

import re
from functools import cache

import opencc

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "幺": 1, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}

# Numerals in these mean something else.
_SET_PHRASES = re.compile(
    "十分(?!钟|之)|万一|千万(?=不|别|要|记)|一一|三三两两|一五一十|七七八八|乱七八糟|三番五次|"
    "五花八门|九牛一毛|十全十美|百分百|百里挑一|千方百计|成千上万|千千万万|万万|四面八方|"
    "七上八下|一千零一夜|双十一|九九重阳|八九不离十|十有八九|第[一二三四五六七八九十百]+"
)
_NUMERAL = "零〇一二三四五六七八九两十百千万亿"
_SPOKEN = re.compile(f"[{_NUMERAL}]*[十百千万亿][{_NUMERAL}]*")
_STRING = re.compile("[零〇一二三四五六七八九幺]{3,}")
_PERCENT = re.compile(f"百分之([{_NUMERAL}0-9]+)(点([零一二三四五六七八九0-9]+))?")
_DECIMAL = re.compile(
    f"([{_NUMERAL}]+)点([零一二三四五六七八九]{{1,4}})(?=万|亿|元|块|倍|米|公|个百分)"
)
_YEAR = re.compile("([零〇一二三四五六七八九]{2,4})年")
_DATE = re.compile(f"([{_NUMERAL}]{{1,3}})月份?([{_NUMERAL}]{{1,3}})(?=[日号])")
_TIME = re.compile(
    f"(?<=上午|下午|早上|晚上|中午|凌晨)([{_NUMERAL}]{{1,3}})点(([{_NUMERAL}]{{1,3}})分)?"
)
_MONEY = re.compile(f"(?<![{_NUMERAL}])([{_NUMERAL}]{{1,2}})(?=元|块钱|美元|欧元|人民币|港币)")
_MARKS = {",": "，", "?": "？", "!": "！", ";": "；", ":": "：", ".": "。"}
_MARK = re.compile(r"(?<=[\u4e00-\u9fff])\s*([,?!;:.])\s*")
_GAP = re.compile(r"(?<=[\u4e00-\u9fff，。？！；：、])\s+(?=[\u4e00-\u9fff，。？！；：、])")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def write(text: str) -> str:
    """A recognised sentence as it is written."""
    text = _converter().convert(text.strip())
    text = _GAP.sub("", _MARK.sub(lambda m: _MARKS[m[1]], text))
    text = _GROUPED.sub("", text)
    if not any(sign in text for sign in _NUMERAL + "幺"):
        return text
    return "".join(
        part if _SET_PHRASES.fullmatch(part) else _numbers(part) for part in _parts(text)
    )


def value(numeral: str) -> int | None:
    """The number that Chinese numerals say; None when they say none. ``一百五`` is 150."""
    if all(sign in _DIGITS for sign in numeral):
        return int("".join(str(_DIGITS[sign]) for sign in numeral)) if numeral else None
    total, section, digit, last_unit = 0, 0, -1, 1
    for sign in numeral:
        if sign in _DIGITS:
            if digit > 0:  # 'three five' is no number
                return None
            digit = _DIGITS[sign]
            if digit == 0:
                digit, last_unit = -1, 1
        elif sign in _UNITS:
            section += (digit if digit > 0 else 1) * _UNITS[sign]
            digit, last_unit = -1, _UNITS[sign]
        elif sign == "万":
            total += (section + max(digit, 0) or 1) * _LARGE[sign]
            section, digit, last_unit = 0, -1, _LARGE[sign]
        else:
            total = (total + section + max(digit, 0) or 1) * _LARGE[sign]
            section, digit, last_unit = 0, -1, _LARGE[sign]
    if digit > 0:
        section += digit * (last_unit // 10 if last_unit > 10 else 1)
    return total + section


def _parts(text: str) -> list[str]:
    parts, at = [], 0
    for found in _SET_PHRASES.finditer(text):
        parts += [text[at : found.start()], found[0]]
        at = found.end()
    return [*parts, text[at:]]


def _numbers(text: str) -> str:
    text = _PERCENT.sub(_percent, text)
    text = _YEAR.sub(lambda m: _string(m[1]) + "年", text)
    text = _DATE.sub(lambda m: f"{_number(m[1])}月{_number(m[2])}", text)
    text = _TIME.sub(_time, text)
    text = _DECIMAL.sub(lambda m: f"{_number(m[1])}.{_string(m[2])}", text)
    text = _MONEY.sub(lambda m: _number(m[1]), text)
    text = _STRING.sub(lambda m: _string(m[0]), text)
    return _SPOKEN.sub(lambda m: _number(m[0]) if len(m[0]) > 1 else m[0], text)


def _percent(found: re.Match[str]) -> str:
    fraction = "." + _string(found[3]) if found[3] else ""
    return f"{_number(found[1])}{fraction}%"


def _time(found: re.Match[str]) -> str:
    minutes = f"{_number(found[3])}分" if found[3] else ""
    return f"{_number(found[1])}点{minutes}"


def _number(numeral: str) -> str:
    number = None if numeral.isascii() else value(numeral)
    if number is None:
        return numeral
    if not number or number % _LARGE["万"] or not {"万", "亿"} & set(numeral):
        return str(number)
    high, low = divmod(number, _LARGE["亿"])
    return (f"{high}亿" if high else "") + (f"{low // _LARGE['万']}万" if low else "")


def _string(numeral: str) -> str:
    return "".join(str(_DIGITS.get(sign, sign)) for sign in numeral)


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
