"""Facts over the utterances of a leg."""

from __future__ import annotations

from media.understanding.facts import LegFacts, Span


def test_a_card_in_two_turns() -> None:
    leg = LegFacts()
    assert leg.add("my card is 4111 1111", 0) == []
    [fact] = leg.add("then 1111 1111 thanks", 5)
    assert (fact.kind, fact.valid, fact.secret) == ("card", True, "4111111111111111")
    assert fact.spans == (Span(11, 20, 0), Span(5, 14, 1))


def test_a_phone_number_in_three_turns() -> None:
    leg = LegFacts()
    leg.add("一三八", 0)
    leg.add("零零一三", 3)
    [fact] = leg.add("八零零零", 6)
    assert fact.value == "+8613800138000"
    assert [span.utterance for span in fact.spans] == [0, 1, 2]


def test_a_number_is_over_after_a_while() -> None:
    leg = LegFacts()
    leg.add("my card is 4111 1111", 0)
    assert leg.add("1111 1111", 60) == []


def test_what_is_known_is_not_said_again() -> None:
    leg = LegFacts()
    assert [f.value for f in leg.add("我叫张伟", 0)] == ["张伟"]
    assert leg.add("我叫张伟", 4) == []
    assert [f.value for f in leg.facts] == ["张伟"]


def test_facts_of_one_utterance_stand_in_it() -> None:
    leg = LegFacts()
    leg.add("hello", 0)
    [fact] = leg.add("¥300", 2)
    assert fact.spans == (Span(0, 4, 1),)
