"""Amounts of money, said or written: ¥300, 三百五十块, 3块5, forty-five dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from media.understanding import numbers_en, numbers_zh
from media.understanding.facts.model import Fact, FactKind, Span

_SIGNS = {"$": "USD", "¥": "CNY", "￥": "CNY", "€": "EUR", "£": "GBP",
          "us$": "USD", "hk$": "HKD"}  # fmt: skip
_CODES = {"usd": "USD", "cny": "CNY", "rmb": "CNY", "eur": "EUR", "gbp": "GBP", "hkd": "HKD",
          "人民币": "CNY", "美元": "USD", "美金": "USD", "欧元": "EUR", "英镑": "GBP",
          "港币": "HKD", "港元": "HKD", "日元": "JPY", "jpy": "JPY"}  # fmt: skip
_EN_UNITS = {
    "dollar": "USD", "buck": "USD", "euro": "EUR", "pound": "GBP", "quid": "GBP",
    "yuan": "CNY", "kuai": "CNY", "yen": "JPY", "us dollar": "USD", "hong kong dollar": "HKD",
}  # fmt: skip
_ZH_NUMBER = numbers_zh.PATTERN
_ZH_UNIT = r"块钱?|元钱?|美元|美金|欧元|英镑|港币|港元|日元|人民币|rmb"
_BEFORE = re.compile(
    rf"(?P<sign>us\$|hk\$|[$¥€£￥]|(?:usd|cny|rmb|eur|gbp|hkd)(?=[\s\d])|人民币)\s*"
    rf"(?P<number>{numbers_en.WRITTEN}|{_ZH_NUMBER})(?P<wan>\s*[千万亿])?"
)
_ZH = re.compile(
    rf"(?P<number>{_ZH_NUMBER})(?P<about>[多几来])?(?P<scale>[千万亿])?\s*(?P<unit>{_ZH_UNIT})"
    rf"(?:(?P<half>半)|(?P<dime>[\d一二两三四五六七八九])(?:[毛角](?P<cent>[\d一二三四五六七八九])?分?)?"
    rf"(?![\d零一二三四五六七八九十百千个月年天号点]))?"
)
_ZH_SMALL = re.compile(
    r"(?<![块元])(?P<dime>[\d一二两三四五六七八九])(?P<unit>[毛角])(?:钱|(?P<cent>[\d一二三四五六七八九])分?)?"
)
_EN = re.compile(
    rf"(?P<number>{numbers_en.PATTERN}(?:\s+hundred)?)[\s-]*"
    r"(?P<unit>us dollars?|hong kong dollars?|dollars?|bucks?|euros?|pounds?|quid|yuan|kuai|yen"
    r"|usd|cny|rmb|eur|gbp|hkd)\b"
    rf"(?:\s*(?:and\s+)?(?P<cents>{numbers_en.PATTERN})\s*(?:cents?|pence|p)\b)?"
)
_EN_SMALL = re.compile(rf"(?P<number>{numbers_en.PATTERN})\s*(?P<unit>cents?|pence)\b")


def find_money(folded: str) -> Iterator[Fact]:
    """Candidates, which may overlap; of folded text."""
    for match in _BEFORE.finditer(folded):
        sign = match["sign"]
        value = numbers_en.parse(match["number"])
        if value is None:
            value = numbers_zh.parse(match["number"])
        if value is not None:
            scale = {"千": 1000, "万": 10**4, "亿": 10**8}.get((match["wan"] or "").strip(), 1)
            currency = _SIGNS.get(sign) or _CODES[sign]
            yield _fact(match, value * scale, currency, 0.97)
    for match in _ZH.finditer(folded):
        yield from _chinese(match)
    for match in _ZH_SMALL.finditer(folded):
        tenths = numbers_zh.parse(match["dime"]) or Decimal(0)
        cents = numbers_zh.parse(match["cent"] or "零") or Decimal(0)
        yield _fact(match, tenths / 10 + cents / 100, "CNY", 0.8)
    for match in _EN.finditer(folded):
        value = numbers_en.parse(match["number"])
        if value is None:
            continue
        if match["cents"]:
            value += (numbers_en.parse(match["cents"]) or Decimal(0)) / 100
        unit = match["unit"].removesuffix("s") if match["unit"] != "us" else match["unit"]
        yield _fact(match, value, _EN_UNITS.get(unit) or _CODES.get(unit, "USD"), 0.95)
    for match in _EN_SMALL.finditer(folded):
        value = numbers_en.parse(match["number"])
        if value is not None:
            yield _fact(match, value / 100, "GBP" if match["unit"] == "pence" else "USD", 0.8)


def _chinese(match: re.Match[str]) -> Iterator[Fact]:
    value = numbers_zh.parse(match["number"])
    if value is None:
        return
    if match["scale"]:
        value *= {"千": 1000, "万": 10**4, "亿": 10**8}[match["scale"]]
    if match["half"]:
        value += Decimal("0.5")
    if match["dime"]:
        value += (numbers_zh.parse(match["dime"]) or Decimal(0)) / 10
        value += (numbers_zh.parse(match["cent"] or "零") or Decimal(0)) / 100
    unit = match["unit"]
    currency = "CNY" if unit[0] in "块元" else _CODES[unit]
    if match["about"]:
        yield _fact(match, value, currency, 0.6, about=True)
    else:
        yield _fact(match, value, currency, 0.95)


def _fact(
    match: re.Match[str], value: Decimal, currency: str, confidence: float, *, about: bool = False
) -> Fact:
    data: dict[str, object] = {"amount": str(value.quantize(Decimal("0.01"))), "currency": currency}
    if about:
        data["about"] = True
    return Fact(
        FactKind.MONEY, f"{currency} {value:.2f}", (Span(match.start(), match.end()),), confidence,
        None, data,
    )  # fmt: skip
