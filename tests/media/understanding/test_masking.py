"""Sensitive numbers in one text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from media.understanding.masking import Policy, asks_for_secret, mask
from tests.media.understanding.cards import CHINESE, ENGLISH, card_numbers, has_card

SEPARATORS = ["", " ", "-", ". ", ", ", " um ", "，", "\n", "\u200b", " and then "]
CARD = "4111111111111111"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("it is 4111 1111 1111 1111, thanks", "it is •••• •••• •••• ••••, thanks"),
        ("4111-1111-1111-1111", "••••-••••-••••-••••"),
        ("卡号是４１１１１１１１１１１１１１１１", "卡号是••••••••••••••••"),
        ("四幺幺幺，一一一一，一一一一，一一一一", "••••，••••，••••，••••"),
        ("four triple one double one one one, eleven eleven eleven eleven",
         "• ••• •• • •, •• •• •• ••"),
        ("6222 0212 3456 7890 128", "•••• •••• •••• •••• •••"),
        ("my ID is 11010519491231002X", "my ID is ••••••••••••••••••"),
        ("身份证号一一零一零五一九四九一二三一零零二叉", "身份证号••••••••••••••••••"),
        ("the security code is 123", "the security code is •••"),
        ("密码是八八六六二二", "密码是••••••"),
        ("CVV: 4 5 6", "CVV: • • •"),
        ("my social security number is 123 45 6789", "my social security number is ••• •• ••••"),
        ("078-05-1120", "•••-••-••••"),
    ],
)  # fmt: skip
def test_sensitive_numbers_are_masked(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "call me on 13812345678",
        "order 20240815 was 3500 yuan on 5 May 2024",
        "my number is +49 30 901820",
        "订单号是 88001234，一共三百五十块",
        "我一个人去，两个月以后再说",
        "the code for the door is blue",
        "I waited 45 minutes and called 3 times",
        "",
        "•",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text).text == text


def test_a_misheard_card_is_masked_and_known_to_be_wrong() -> None:
    found = mask("4111 1111 1111 1112")
    assert found.text == "•••• •••• •••• ••••"
    assert {span.valid for span in found.spans} == {False}


def test_spans_are_places_in_both_texts() -> None:
    text = "so: four one one one 1111 1111 1111!"
    found = mask(text)
    assert [text[s.start : s.end] for s in found.spans] == [
        "four", "one", "one", "one", *"111111111111",
    ]  # fmt: skip
    assert all(set(found.text[a:b]) == {"•"} for a, b in found.shown)


def test_the_last_digits_can_be_kept() -> None:
    policy = Policy(keep_last=4)
    assert mask("card 4111 1111 1111 1111 ok", policy).text == "card •••• •••• •••• 1111 ok"
    assert mask("cvv 123", policy).text == "cvv •••"


def test_own_numbers_are_exempt_unless_they_are_cards() -> None:
    policy = Policy(exempt=(re.compile(r"4\d{15}"),))
    assert mask("order 4111111111111112", policy).text == "order 4111111111111112"
    assert mask(f"order {CARD}", policy).text == "order " + "•" * 16


def test_what_counts_can_be_chosen() -> None:
    assert mask("13812345678", Policy(kinds=frozenset({"phone"}))).text == "•" * 11
    assert mask(CARD, Policy(kinds=frozenset({"phone"}))).text == CARD


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("it is 4111", "it is 4111"),
        ("it is 4111 1", "it is •••• •"),
        ("it is 4111 1111 11", "it is •••• •••• ••"),
        ("四幺幺幺一", "•••••"),
        ("call 138123", "call 138123"),
        ("my order number is 4587123", "my order number is 4587123"),
        ("I paid 45000 yuan", "I paid 45000 yuan"),
        ("1101051949", "••••••••••"),
    ],
)
def test_a_number_in_progress_is_masked_from_its_fifth_digit(text: str, masked: str) -> None:
    assert mask(text, partial=True).text == masked


def test_words_heard_for_digits_do_not_hide_a_card() -> None:
    assert (
        mask("four one one one one one one one one one one one one one one won").text.count("•")
        == 0
    )  # not between digits
    text = "four won one one one one one one one one one one one one one one"
    assert not has_card(mask(text).text.replace("won", "one"))


@given(
    card_numbers(),
    st.lists(st.sampled_from(SEPARATORS), min_size=19, max_size=19),
    st.sampled_from(["figures", "wide", "english", "chinese"]),
    st.sampled_from(["", "my card is ", "卡号是", "7 ", "12-"]),
    st.sampled_from(["", " thanks", "，谢谢", " 5"]),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_no_card_survives_however_it_is_said(
    card: str, separators: list[str], form: str, before: str, after: str
) -> None:
    said = {
        "figures": "0123456789",
        "wide": "０１２３４５６７８９",
        "english": [f" {word} " for word in ENGLISH],
        "chinese": CHINESE,
    }[form]
    digits = [said[int(d)] + s for d, s in zip(card, separators, strict=False)]
    text = before + "".join(digits) + after
    masked = mask(text)
    assert not has_card(masked.text), text
    assert masked.text.count("•") >= len(card)


@given(st.text(max_size=200) | st.text("0123456789 -xX四幺一二•", max_size=80))
@example("00000000000000000X0")
@settings(max_examples=300, deadline=None)
def test_any_text_is_taken_and_only_masked_places_change(text: str) -> None:
    for partial in (False, True):
        found = mask(text, partial=partial)
        assert not has_card(found.text) or "•" in text
        at, rebuilt = 0, ""
        for span, (a, b) in zip(found.spans, found.shown, strict=True):
            assert at <= span.start < span.end
            rebuilt += text[at : span.start]
            assert len(rebuilt) == a
            rebuilt += "•" * (b - a)
            at = span.end
        assert rebuilt + text[at:] == found.text


@pytest.mark.parametrize("text", ["What is the CVV?", "请说一下您的验证码", "Your PIN, please"])
def test_asking_for_a_secret(text: str) -> None:
    assert asks_for_secret(text)
    assert not asks_for_secret("Your order number, please")


@pytest.mark.parametrize("wrong", [{"mask": "x"}, {"mask": "--"}, {"keep_last": 5}])
def test_a_policy_that_would_leak_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"mask|keep_last"):
        Policy(**wrong)  # type: ignore[arg-type]
