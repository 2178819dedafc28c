"""Sensitive numbers over the utterances of a leg."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from media.understanding.masking import LegMasker, Policy
from tests.media.understanding.cards import card_numbers, has_card


def said(utterances: list[str], *, masker: LegMasker | None = None, gap: float = 3.0) -> list[str]:
    """What is stored of the utterances in the end, before the leg is over."""
    masker = masker or LegMasker()
    stored: dict[int, str] = {}
    for index, text in enumerate(utterances):
        final = masker.final(text, index * gap)
        stored[final.utterance] = final.masked.text
        stored.update({c.utterance: c.masked.text for c in final.corrections})
    return [stored[index] for index in sorted(stored)]


def test_a_card_in_two_turns() -> None:
    assert said(["my card is 4111 1111", "1111 1111 thanks"]) == [
        "my card is •••• ••••",
        "•••• •••• thanks",
    ]


def test_the_first_part_is_masked_afterwards_if_it_was_shown() -> None:
    masker = LegMasker()
    assert masker.final("it is 4111", 0).masked.text == "it is 4111"
    final = masker.final("1111", 2)
    assert final.masked.text == "••••"
    assert [(c.utterance, c.masked.text) for c in final.corrections] == [(0, "it is ••••")]


def test_words_between_the_parts() -> None:
    utterances = ["四幺幺幺 一一一一", "等一下我看看", "一一一一，然后最后四位是", "一一一一"]
    assert said(utterances) == ["•••• ••••", "等一下我看看", "••••，然后最后四位是", "••••"]


def test_a_held_number_is_shown_when_something_else_follows() -> None:
    masker = LegMasker()
    assert masker.final("it was 45871234", 0).masked.held
    final = masker.final("so could you please look at that and tell me where my parcel is", 4)
    assert [(c.utterance, c.masked.text) for c in final.corrections] == [(0, "it was 45871234")]


def test_a_held_number_is_shown_after_a_while_or_at_the_end() -> None:
    for now in (31.0, None):
        masker = LegMasker()
        masker.final("it was 45871234", 0)
        assert masker.settle(10.0) == []
        assert [c.masked.text for c in masker.settle(now)] == ["it was 45871234"]
        assert masker.settle(now) == []


def test_a_masked_card_stays_masked_for_ever() -> None:
    masker = LegMasker()
    stored = said(["4111 1111", "1111 1111"], masker=masker)
    for index in range(100):
        final = masker.final("and now for something completely different and longer", 9 + index)
        assert final.corrections == ()
    assert masker.settle() == []
    assert stored == ["•••• ••••", "•••• ••••"]


def test_partials_do_not_show_what_a_final_would_hide() -> None:
    masker = LegMasker()
    shown = []
    words = ["my", "card", "is", "four", "one", "one", "one", "one", "one", "one", "one"]
    for count in range(1, len(words) + 1):
        shown.append(masker.partial(" ".join(words[:count]), 0).text)
    assert shown[6] == "my card is four one one one"
    assert shown[7] == "my card is • • • • •"
    masker.final(" ".join(words), 0)
    assert masker.partial("1111", 5).text == "••••"


def test_a_phone_number_is_shown_and_hidden_again_if_it_goes_on() -> None:
    masker = LegMasker()
    assert masker.final("15010219900", 0).masked.text == "15010219900"
    final = masker.final("3071234", 2)
    assert final.masked.text == "•••••••"
    assert final.corrections[0].masked.text == "•" * 11


def test_what_the_other_side_asked_for_is_secret() -> None:
    masker = LegMasker()
    masker.expect(20.0)
    assert masker.final("it's 1 2 3", 12.0).masked.text == "it's • • •"
    assert masker.final("and I am 35", 14.0).masked.text == "and I am 35"
    assert masker.final("flat 301", 60.0).masked.text == "flat 301"
    assert masker.settle() == []


def test_what_the_other_side_asked_for_is_a_card_however_it_is_heard() -> None:
    masker = LegMasker()
    assert masker.overhear("Could you read me the whole number of your card?", 30) == (
        False,
        True,
    )
    assert masker.final("4539 1488 1034 3646 7", at=3).masked.text == "•••• •••• •••• •••• •"
    assert masker.final("您的尾号是4421", at=60).masked.text == "您的尾号是4421"


def test_an_announced_card_with_a_digit_too_many_or_too_few() -> None:
    for digits in ("45391488103436467", "453914881034364", "4539148810"):
        assert LegMasker().final(f"我的卡号是{digits}", at=0).masked.text == (
            "我的卡号是" + "•" * len(digits)
        )
    masker = LegMasker()
    masker.final("My card number is 4539 1488", at=0)
    corrected = masker.final("1034 364", at=4)
    assert corrected.masked.text == "•••• •••"
    assert "4539" not in LegMasker().partial("my card number is 45391", at=0).text


def test_the_end_of_a_card_may_be_said() -> None:
    for text in (
        "The last four digits of my card number are 4421.",
        "卡号后四位是4421，我的电话是13912345678",
        "My card number ends in 4421, my order number is 8812345678.",
    ):
        assert LegMasker().final(text, at=0).masked.text == text


def test_parts_said_far_apart_are_not_one_number() -> None:
    masker = LegMasker()
    masker.final("4111 1111", 0)
    final = masker.final("1111 1111", 60)
    assert final.masked.text == "1111 1111"
    assert [c.masked.text for c in final.corrections] == ["4111 1111"]


def test_the_memory_is_bounded() -> None:
    masker = LegMasker()
    for index in range(500):
        masker.final("four", index)
    assert len(masker._past) <= Policy().longest_utterances


@given(
    card_numbers(),
    st.sets(st.integers(1, 18)),
    st.sampled_from([[], ["okay"], ["wait a moment please"], ["嗯"]]),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_no_card_survives_however_it_is_split(
    card: str, cuts: set[int], between: list[str], spaced: bool
) -> None:
    edges = [0, *sorted(c for c in cuts if c < len(card)), len(card)]
    parts = [card[a:b] for a, b in itertools.pairwise(edges)]
    utterances: list[str] = []
    for part in parts:
        utterances += [*between, " ".join(part) if spaced else part]
    stored = said(utterances)
    assert not has_card(" ".join(text for text in stored if any(c.isdigit() for c in text)))
    assert sum(text.count("•") for text in stored) >= len(card)
