"""Transcripts as people write."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.understanding.normalise import normalise, simplified


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("我的手機號是一三八零零一三八零零零", "我的手机号是13800138000。"),
        ("二零二六年三月五號下午三點半我轉了一萬二千塊", "2026年3月5号下午3点半我转了1.2万块。"),
        ("百分之五的利率", "5%的利率。"),
        ("一共三百五十块五", "一共350块5。"),
        ("十分感谢", "十分感谢。"),
        ("万一不行我就第三次打来", "万一不行我就第三次打来。"),
        ("我有一百二十个问题,你能不能帮我", "我有120个问题，你能不能帮我？"),
        ("一个一个来", "一个一个来。"),
        ("十几个人几十块", "十几个人几十块。"),
        ("你们几点下班", "你们几点下班？"),
        ("尾号八八八八，等了四十分钟", "尾号8888，等了40分钟。"),
        ("三千五", "3500。"),
        ("两点五", "2.5。"),
        ("一亿两千万", "1.2亿。"),
        ("星期三十五号", "星期三15号。"),
        ("我 要 查 余额", "我要查余额。"),
        ("我想查一下余额 请帮我看看", "我想查一下余额，请帮我看看。"),
        ("ABC公司的产品 200元, 好的.", "ABC公司的产品200元，好的。"),
        ("乾隆皇帝瞭解這個軟體", "乾隆皇帝了解这个软体。"),
    ],
)
def test_chinese(said: str, written: str) -> None:
    assert normalise(said) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("my card is four one one one one one one one", "My card is 41111111."),
        ("i paid forty five dollars and fifty cents on march fifth twenty twenty six at three "
         "thirty pm", "I paid $45.50 on March 5, 2026 at 3:30 pm."),
        ("i've called three times and waited for twenty five minutes",
         "I've called three times and waited for 25 minutes."),
        ("two thousand three hundred and fifty pounds so about fifty percent",
         "£2,350 so about 50%."),
        ("what time do you close", "What time do you close?"),
        ("call me at one three eight double zero one three eight triple zero",
         "Call me at 13800138000."),
        ("in nineteen ninety nine one of them was forty-two",
         "In 1999 one of them was 42."),
        ("the fifth of may is a monday", "May 5 is a Monday."),
        ("a hundred people", "A hundred people."),
        ("seven point five percent", "7.5%."),
        ("Hello. I paid $45.50 on March 5.", "Hello. I paid $45.50 on March 5."),
        ("oh no", "Oh no."),
        ("could you help me", "Could you help me?"),
    ],
)  # fmt: skip
def test_english(said: str, written: str) -> None:
    assert normalise(said) == written


def test_partials_have_no_end() -> None:
    assert normalise("i paid forty five", final=False) == "I paid 45"
    assert normalise("我要查", final=False) == "我要查"
    assert normalise("what time do", "en", final=False) == "what time do"


def test_other_languages_stay() -> None:
    assert normalise(" Guten Tag ", "de") == "Guten Tag"


def test_traditional_to_simplified_keeps_the_length() -> None:
    text = "頭髮乾燥，乾隆，電話號碼，麵條"
    assert simplified(text) == "头发干燥，乾隆，电话号码，面条"


ENGLISH = (
    "one two twenty thirty hundred thousand and point dollars percent of May fifth the in at pm "
    "o'clock oh double three , . ? 12 $5"
)
CHINESE = "一 二 十 百 千 万 点 块 月 号 年 零 幺 半 百分之 两 个 几 三 ， 。 吗 我 12 3.5"


@given(st.lists(st.sampled_from(ENGLISH.split()), max_size=14).map(" ".join))
@settings(max_examples=400, deadline=None)
def test_doing_it_twice_changes_nothing_more_in_english(text: str) -> None:
    once = normalise(text, "en")
    assert normalise(once, "en") == once


@given(st.lists(st.sampled_from(CHINESE.split()), max_size=10).map("".join))
@settings(max_examples=400, deadline=None)
def test_doing_it_twice_changes_nothing_more_in_chinese(text: str) -> None:
    once = normalise(text, "zh")
    assert normalise(once, "zh") == once


@given(st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_any_text_is_taken(text: str) -> None:
    for language in ("zh", "en", None):
        normalise(text, language)
        normalise(text, language, final=False)
