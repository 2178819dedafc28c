"""Recognised words as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.recognition import written_zh
from media.recognition.written import written

WORDS = (
    "one", "two", "twenty", "ten", "hundred", "thousand", "and", "oh", "zero", "million",
    "dollars", "percent", "5", "1-2", "may", "first",
)  # fmt: skip
CHINESE = [
    ("三四九九四三二三", "34994323"),
    ("为实现二十年前承诺,男子攒三百斤硬币", "为实现20年前承诺，男子攒300斤硬币"),
    ("百分之二十点五的人", "20.5%的人"),
    ("二零二四年三月五号下午三点半", "2024年3月5号下午3点半"),
    ("一共一百五块钱，两千三百元", "一共150块钱，2300元"),
    ("一万二", "12000"),
    ("三百二十万", "320万"),
    ("一亿三千万", "1亿3000万"),
    ("一千零五十万", "1050万"),
    ("一百零五", "105"),
    ("卡号是六二二五八八零幺二三四五", "卡号是622588012345"),
    ("五块钱", "5块钱"),
    ("二十三点五倍", "23.5倍"),
    ("《廣州市房地產》", "《广州市房地产》"),
    ("你好 , 請問 ?", "你好，请问？"),
    ("1,234元", "1234元"),
    # What stays.
    ("万一不行十分抱歉", "万一不行十分抱歉"),
    ("我第一次打电话说了三遍", "我第一次打电话说了三遍"),
    ("他们三三两两,一五一十地说", "他们三三两两，一五一十地说"),
    ("两个", "两个"),
    ("观察30年来的人口", "观察30年来的人口"),
]
ENGLISH = [
    ("one zero zero zero one nine oh two one", "100019021"),
    ("I paid twenty five dollars", "I paid $25"),
    ("march twenty fifth", "March 25"),
    ("two hundred and five percent", "205%"),
    ("1-0-0-0-1, 9-0-2-1", "100019021"),
    ("my number is 1 0 0 1", "my number is 1001"),
    ("call four one five twenty two ten", "call 4152210"),
    ("twelve thousand five hundred people", "12,500 people"),
    ("five dollars please", "$5 please"),
    # What stays.
    ("seven of clubs", "seven of clubs"),
    ("a million dollars", "a million dollars"),
    ("It is 10, 20, 30 of them", "It is 10, 20, 30 of them"),
    ("options 1, 2, 3", "options 1, 2, 3"),
    ("I have one or two", "I have one or two"),
]


@pytest.mark.parametrize(("heard", "wanted"), CHINESE)
def test_chinese(heard: str, wanted: str) -> None:
    assert written(heard, "zh") == wanted


@pytest.mark.parametrize(("heard", "wanted"), ENGLISH)
def test_english(heard: str, wanted: str) -> None:
    assert written(heard, "en") == wanted


@pytest.mark.parametrize(
    ("heard", "language"), [(c[0], "zh") for c in CHINESE] + [(e[0], "en") for e in ENGLISH]
)
def test_twice_changes_nothing(heard: str, language: str) -> None:
    once = written(heard, language)
    assert written(once, language) == once


@given(st.integers(1, 99_999_999))
def test_every_number_is_read_back(number: int) -> None:
    assert written_zh.value(_say(number)) == number


@given(st.text(alphabet="零一二三四五六七八九十百千万亿两点第年月日号元块abc1 ,。", max_size=20))
def test_nothing_breaks_it(text: str) -> None:
    written(text, "zh")


@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_nothing_breaks_english(words: list[str]) -> None:
    written(" ".join(words), "en")


def test_other_languages_pass() -> None:
    assert written(" 그는 ", "ko") == "그는"


def _say(number: int) -> str:
    """A number in Chinese, the way it is taught in school."""
    digits = "零一二三四五六七八九"
    if number >= 10_000:
        low = number % 10_000
        gap = "零" if 0 < low < 1000 else ""
        return _say(number // 10_000) + "万" + gap + (_say(low) if low else "")
    text, zero = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            text += ("零" if zero and text else "") + digits[digit] + unit
        zero = not digit
    return text
