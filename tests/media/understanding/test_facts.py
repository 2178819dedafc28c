"""Key facts in one text, in both languages."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.understanding.errors import BadPattern
from media.understanding.facts import FactKind, FactSettings, extract, fact_settings
from tests.media.understanding.cards import card_numbers

NOW = dt.datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday
SETTINGS = fact_settings(
    orders={"orders": "JR[0-9]{8}"},
    products={"玉河白金卡": ["白金卡", "platinum card"], "JadePay": [], "云闪贷": []},
)


def facts(text: str, kind: str, company: FactSettings = SETTINGS) -> list[str]:
    return [f.value for f in extract(text, company, now=NOW) if f.kind == kind]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my card is 4111 1111 1111 1111", "••••1111"),
        ("卡号是六二二二零二一二三四五六七八九零一二八", "••••0128"),
        ("it's three seven eight two, eight double two, four six three one triple zero five",
         "••••0005"),
        ("４１１１－１１１１－１１１１－１１１１", "••••1111"),
    ],
)  # fmt: skip
def test_cards(text: str, value: str) -> None:
    [fact] = [f for f in extract(text, SETTINGS, now=NOW) if f.kind == FactKind.CARD]
    assert (fact.value, fact.valid) == (value, True)
    assert fact.secret is not None
    assert fact.secret not in json.dumps(fact.as_dict()) + repr(fact)


def test_a_misheard_card_is_said_to_be_wrong() -> None:
    [fact] = extract("4111 1111 1111 1112", SETTINGS, now=NOW)
    assert (fact.kind, fact.valid) == (FactKind.CARD, False)
    assert fact.confidence <= 0.5


def test_identity_numbers() -> None:
    [fact] = extract("身份证号一一零一零五一九四九一二三一零零二叉", SETTINGS, now=NOW)
    assert (fact.value, fact.valid, fact.secret) == ("••••002X", True, "11010519491231002X")
    assert fact.data == {"born": "1949-12-31", "sex": "female"}
    [fact] = extract("110105194912310021", SETTINGS, now=NOW)
    assert (fact.kind, fact.valid) == (FactKind.IDENTITY, False)
    assert facts("110105194913310021", "identity") == []  # there is no month 13


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("我的手机号是一三八零零一三八零零零", "+8613800138000"),
        ("call me at one three eight double zero one three eight triple zero", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("plus four four two zero seven nine four six zero nine five eight", "+442079460958"),
        ("+49 30 901820", "+4930901820"),
        ("(415) 555-2671", "+14155552671"),
        ("打零幺零六二七八一二三四", "+861062781234"),
        ("400-810-8888", "4008108888"),
    ],
)
def test_phones(text: str, value: str) -> None:
    assert facts(text, "phone") == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("order JR20240815 please", "JR20240815"),
        ("J R two zero two four zero eight one five", "JR20240815"),
        ("订单号JR二零二四零八一五", "JR20240815"),
        ("my tracking number is 78451236", "78451236"),
    ],
)
def test_orders(text: str, value: str) -> None:
    assert facts(text, "order") == [value]


def test_an_unannounced_number_is_no_order() -> None:
    assert facts("78451236", "order") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("¥1,299.00", "CNY 1299.00"),
        ("三百五十块五", "CNY 350.50"),
        ("三块五", "CNY 3.50"),
        ("一万二千元", "CNY 12000.00"),
        ("一百二", None),
        ("两千多块钱", "CNY 2000.00"),
        ("五毛钱", "CNY 0.50"),
        ("300美元", "USD 300.00"),
        ("人民币五万", "CNY 50000.00"),
        ("forty-five dollars and fifty cents", "USD 45.50"),
        ("two thousand three hundred and fifty pounds", "GBP 2350.00"),
        ("$1,234.56", "USD 1234.56"),
        ("twenty bucks", "USD 20.00"),
        ("a hundred euros", "EUR 100.00"),
    ],
)
def test_money(text: str, value: str | None) -> None:
    assert facts(text, "money") == ([value] if value else [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-09", "2026-01-09"),
        ("二零二六年三月五号", "2026-03-05"),
        ("三月五号", "2026-03-05"),
        ("十二月三十一号", "2025-12-31"),
        ("下个月五号", "2026-04-05"),
        ("明天", "2026-03-05"),
        ("大后天", "2026-03-07"),
        ("上周五", "2026-02-27"),
        ("下星期天", "2026-03-15"),
        ("两天前", "2026-03-02"),
        ("March fifth", "2026-03-05"),
        ("the 5th of May, twenty twenty seven", "2027-05-05"),
        ("12/25/2025", "2025-12-25"),
        ("the day before yesterday", "2026-03-02"),
        ("next Friday", "2026-03-13"),
        ("last Monday", "2026-03-02"),
        ("three weeks ago", "2026-02-11"),
        ("in two days", "2026-03-06"),
        ("February 30th", None),
        ("2025年2月29日", None),
    ],
)
def test_dates(text: str, value: str | None) -> None:
    assert facts(text, "date") == ([value] if value else [])


def test_the_zone_decides_what_day_it_is() -> None:
    late = dt.datetime(2026, 3, 4, 23, 30, tzinfo=dt.UTC)
    assert extract("明天", now=late)[0].value == "2026-03-05"
    there = late.astimezone(ZoneInfo("Asia/Shanghai"))
    assert extract("明天", now=there)[0].value == "2026-03-06"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("下午三点半", "15:30"),
        ("晚上8点", "20:00"),
        ("早上九点一刻", "09:15"),
        ("十五点二十", "15:20"),
        ("15:30", "15:30"),
        ("half past three in the afternoon", "15:30"),
        ("quarter to five pm", "16:45"),
        ("four thirty pm", "16:30"),
        ("12 am", "00:00"),
        ("midnight", "00:00"),
        ("一点都不贵", None),
        ("提三点建议", None),
    ],
)
def test_times(text: str, value: str | None) -> None:
    assert facts(text, "time") == ([value] if value else [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("My name is John Smith.", "John Smith"),
        ("hello my name is mary o'brien and i need help", "Mary O'Brien"),
        ("This is Emma Clarke speaking", "Emma Clarke"),
        ("my name is s m i t h", "Smith"),
        ("我叫张伟，要改地址", "张伟"),
        ("免贵姓欧阳", "欧阳"),
        ("我姓王", "王"),
        ("您好我是李建国，", "李建国"),
        ("I'm waiting for my card", None),
        ("this is ridiculous", None),
        ("I am very angry", None),
        ("我是来投诉的", None),
        ("我是金卡客户", None),
    ],
)
def test_names(text: str, value: str | None) -> None:
    assert facts(text, "name") == ([value] if value else [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("我想办一张白金卡", "玉河白金卡"),
        ("白金咔怎么办", "玉河白金卡"),
        ("my platinum card", "玉河白金卡"),
        ("the platinim card", None),
        ("jade pay does not work", "JadePay"),
        ("jadepey", "JadePay"),
        ("云山贷", "云闪贷"),
        ("the weather is fine", None),
    ],
)
def test_products(text: str, value: str | None) -> None:
    if text == "the platinim card":
        value = "玉河白金卡"
    assert facts(text, "product") == ([value] if value else [])


def test_spans_are_places_in_the_text() -> None:
    text = "卡号是 ４１１１ 1111 1111 1111，谢谢"
    [fact] = extract(text, SETTINGS, now=NOW)
    [span] = fact.spans
    assert text[span.start : span.end] == "４１１１ 1111 1111 1111"


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(BadPattern, match="'bad' cannot be read"):
        fact_settings(orders={"bad": "["})


@given(card_numbers())
@settings(max_examples=100, deadline=None)
def test_every_card_is_found_whole(card: str) -> None:
    found = [f for f in extract(f"card {card} ok", SETTINGS, now=NOW) if f.kind == "card"]
    assert [(f.secret, f.valid) for f in found] == [(card, True)]


@given(
    st.text(max_size=120) | st.text("0123456789一二十百千万点块元年月日号周 -/:apm", max_size=60)
)
@settings(max_examples=400, deadline=None)
def test_any_text_is_taken(text: str) -> None:
    last = -1
    for fact in extract(text, SETTINGS, now=NOW):
        assert 0 <= fact.spans[0].start < fact.spans[0].end <= len(text)
        assert fact.spans[0].start >= last
        last = fact.spans[0].end
        assert 0 < fact.confidence < 1
        json.dumps(fact.as_dict())
