"""Mandarin as people write it: simplified characters, figures, full-width punctuation."""

from __future__ import annotations

import re
from decimal import Decimal

from media.understanding import numbers_zh
from media.understanding.characters import CJK, simplified

_D = "零〇一二三四五六七八九幺"
_N = "零〇一二两三四五六七八九十百千万亿"
# Words in which numerals are no numbers.
_WORDS = re.compile(
    "十分(?!钟|之|[零一二三四五六七八九十])|万一|千万(?=别|不|要|记|得|小心|注意)|百姓|千方百计|万分(?!之)"
    "|十全十美|五花八门|乱七八糟|三心二意|一清二楚|七上八下|四面八方|一五一十|三三两两|九牛一毛|一一(?![零一二三四五六七八九])"
    "|百分百|成千上万|千千万万|千家万户|五颜六色|七嘴八舌|不三不四|二维码|三方|四川|三亚|九江|百度|千岛湖|万达|万科"
    "|第[零一二三四五六七八九](?![十百千万零一二三四五六七八九])|星期[一二三四五六]|礼拜[一二三四五六]|周[一二三四五六]"
)
_DIGITS = re.compile(
    rf"[{_D}]{{4,}}|(?<=尾号)[{_D}]{{2,}}|(?<=[号码是])[{_D}]{{3,}}"
    rf"|(?<!\d)[{_D}]*[幺零〇][{_D}]{{2,}}"
)
_PERCENT = re.compile(rf"百分之(?P<n>[{_N}]+(?:点[{_D}]+)?|\d+(?:\.\d+)?)")
_YEAR = re.compile(rf"(?P<y>[{_D}]{{4}}|[{_D}]{{2}})年(?=[{_N}\d]{{1,3}}月|[^{_N}]|$)")
_SMALL = r"(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_DATE = re.compile(rf"(?P<m>{_SMALL}|(?<!\d)\d{{1,2}})月(?:(?P<d>{_SMALL})(?P<u>[号日]))?")
_DAY = re.compile(rf"(?P<d>{_SMALL})(?P<u>[号日])(?!线|楼|门|店|窗)")
_UNIT = "一二三四五六七八九"
_MINUTE = f"(?:[一二三四五]?十[{_UNIT}]?|[零〇][{_UNIT}]|[{_UNIT}两](?=分))"
_TIME = re.compile(
    rf"(?P<h>{_SMALL}|零)点(?:(?P<k>半|钟|整|[一三]刻)|(?P<m>{_MINUTE})(?P<f>分)?(?![{_N}块元]))"
)
_PART_TIME = re.compile(
    rf"(?P<p>早上|上午|中午|下午|晚上|凌晨|今晚|明晚|昨晚|明早)(?P<h>{_SMALL})点"
)
_MONEY = re.compile(
    rf"(?<!几)(?P<n>[{_N}]+)(?P<u>块|元|毛|角|美元|美金|欧元|英镑|港币)(?:(?P<r>[一二两三四五六七八九])(?P<c>毛|角)?(?![{_N}个]))?"
)
_NUMBER = re.compile(rf"(?<![几\d])[{_N}]*[十百千万亿点][{_N}点]*(?!几|多少)")
_COUNTED = re.compile(rf"(?P<n>[{_N}]+)(?P<u>分钟|小时|公里|公斤|米|岁|折|期|楼|度|平米)")
_PUNCTUATION = str.maketrans(",?!;:()", "，？！；：（）")
_QUESTION = re.compile(
    r"(?:[吗呢么]|是不是|对不对|行不行|好不好|可以不|没有)$|^(?:请问|为什么|怎么|什么时候|哪|谁|多少|几)"
    r"|(?:怎么办|怎么样|什么|多少钱|几点|哪里|哪儿|多久|多少|能不能|可不可以|是否|要不要|有没有).{0,10}$"
)
_NO_QUESTION = re.compile(r"(?:不知道|没什么|不管|无论|想问一下|什么都|怎么都|随便).{0,12}$")


def normalise_chinese(text: str, *, final: bool) -> str:
    """See :func:`media.understanding.normalise.normalise`."""
    text = simplified(text).strip()
    text = _spaces(text)
    text = _figures(text)
    text = _punctuation(text)
    if final and text and (text[-1].isalnum() or text[-1] in "%）"):
        asks = _QUESTION.search(text) and not _NO_QUESTION.search(text)
        text += "？" if asks else "。"
    return text


def _spaces(text: str) -> str:
    """Chinese has none. What stands apart is a phrase if it is long, else a word."""
    pieces = re.split(rf"(?<=[{CJK}])\s+(?=[{CJK}])", text)
    phrases = len(pieces) > 1 and len("".join(pieces)) >= 4 * len(pieces)
    text = ("，" if phrases else "").join(pieces)
    return re.sub(rf"(?<=[{CJK}，。？！])\s+(?=\d)|(?<=[\d，。？！])\s+(?=[{CJK}，。])", "", text)


def _figures(text: str) -> str:
    """Numerals in figures, words that only look like numerals left alone."""
    parts, at = [], 0
    for word in _WORDS.finditer(text):
        parts += [_convert(text[at : word.start()]), word.group()]
        at = word.end()
    return "".join([*parts, _convert(text[at:])])


def _convert(text: str) -> str:
    text = _PERCENT.sub(lambda m: _value(m["n"]) + "%", text)
    text = _YEAR.sub(lambda m: numbers_zh.by_digits(m["y"]) + "年", text)
    text = _DATE.sub(
        lambda m: _value(m["m"]) + "月" + (_value(m["d"]) + m["u"] if m["d"] else ""), text
    )
    text = _DAY.sub(lambda m: _value(m["d"]) + m["u"], text)
    text = _TIME.sub(_time, text)
    text = _PART_TIME.sub(lambda m: f"{m['p']}{_value(m['h'])}点", text)
    text = _MONEY.sub(_money, text)
    text = _DIGITS.sub(lambda m: numbers_zh.by_digits(m.group()), text)
    text = _COUNTED.sub(lambda m: _value(m["n"]) + m["u"], text)
    return _NUMBER.sub(lambda m: _large(m.group()), text)


def _value(numeral: str) -> str:
    value = numbers_zh.parse(numeral)
    return numeral if value is None else _plain(value)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text and not text.endswith(".0") else text


def _time(match: re.Match[str]) -> str:
    rest = match["k"] or ""
    if match["m"]:
        minutes = int(numbers_zh.parse(match["m"].lstrip("零〇")) or 0)
        rest = f"{minutes:02}" + (match["f"] or "")
    elif rest[-1:] == "刻":
        rest = {"一": "1", "三": "3"}[rest[0]] + "刻"
    return f"{_value(match['h'])}点{rest}"


def _money(match: re.Match[str]) -> str:
    if numbers_zh.parse(match["n"]) is None:
        return match.group()
    amount = _large(match["n"])
    rest = (_value(match["r"]) if match["r"] else "") + (match["c"] or "")
    return amount + match["u"] + rest


def _large(numeral: str) -> str:
    """In figures; round ten thousands keep their unit: 5万, 1.2万, 3亿."""
    value = numbers_zh.parse(numeral)
    if value is None or numeral in ("点", "百", "千", "万", "亿"):
        return numeral
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        if value >= size and value % (size // 10) == 0 and unit in numeral:
            return _plain((value / size).normalize()) + unit
    return _plain(value)


def _punctuation(text: str) -> str:
    """Full width beside Chinese characters; figures keep theirs."""

    def wide(match: re.Match[str]) -> str:
        return match.group().strip().translate(_PUNCTUATION)

    text = re.sub(rf"(?<=[{CJK}])\s*[,?!;:()]\s*|\s*[,?!;:()]\s*(?=[{CJK}])", wide, text)
    text = re.sub(rf"(?<=[{CJK}\d])\s*[,?!]$", wide, text)
    return re.sub(rf"(?<=[{CJK}])\.(?=\s|$)\s*", "。", text)
