"""That words are put to the right phrase, and their delay is counted from its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bench.hearing.listening import Came
from bench.hearing.matching import distance, understood
from bench.hearing.stream import Said
from core.events import Event

_APART = 1000.0


def _came(at: float, kind: str, leg: str, **data: Any) -> Came:
    event = Event(
        type=kind, at=datetime.now(UTC), contact_id="c", agent_id=None, data={"leg": leg, **data}
    )
    return Came(_APART + at, event)


def _turn(leg: str, number: int, start: float, end: float, text: str, took: float) -> list[Came]:
    return [
        _came(end + 0.4, "turn.ended", leg, utterance=number, start=start, end=end),
        _came(
            end + took, "transcript.final", leg, utterance=number, start=start, end=end,
            text=text, engine="whisper-base",
        ),
    ]  # fmt: skip


def _said(name: str, began: float, ended: float) -> Said:
    return Said(name, _APART + began, _APART + ended)


def test_each_phrase_gets_its_words_and_their_delay() -> None:
    said = [
        ("caller", _said("one", 1.0, 3.0)), ("agent", _said("two", 4.0, 6.0)),
        ("caller", _said("three", 7.0, 9.0)),
    ]  # fmt: skip
    came = [
        _came(1.9, "transcript.partial", "customer", utterance=1, start=0.8, text="he"),
        _came(2.4, "transcript.partial", "customer", utterance=1, start=0.8, text="hello"),
        *_turn("customer", 1, 0.8, 3.02, "hello there", 0.6),
        *_turn("agent", 1, 3.8, 5.98, "good day", 0.9),
        *_turn("customer", 2, 6.8, 9.01, "", 0.5),
    ]
    one, two, three = understood(said, came)
    assert (one.text, two.text, three.text) == ("hello there", "good day", "")
    assert one.final == pytest.approx(0.62)
    assert two.final == pytest.approx(0.88)
    assert three.final is None
    assert one.partial == pytest.approx(0.9)
    assert two.partial is None
    assert one.turn == pytest.approx(0.42)


def test_a_phrase_in_two_turns_is_complete_with_the_second() -> None:
    said = [("agent", _said("long", 1.0, 6.0))]
    came = [
        *_turn("agent", 1, 0.8, 3.0, "first part", 0.6),
        *_turn("agent", 2, 3.9, 6.0, "second", 0.8),
        _came(7.0, "transcript.corrected", "agent", utterance=1, text="first ****"),
    ]
    (found,) = understood(said, came)
    assert found.text == "first **** second"
    assert found.final == pytest.approx(0.8)


def test_what_was_put_off_is_not_missing() -> None:
    came = [
        _came(3.4, "turn.ended", "customer", utterance=1, start=0.8, end=3.0),
        _came(3.4, "transcript.deferred", "customer", utterance=1, start=0.8, end=3.0),
    ]
    (found,) = understood([("caller", _said("one", 1.0, 3.0))], came)
    assert found.deferred
    assert found.final is None


def test_clocks_are_compared_by_what_most_ends_agree_on() -> None:
    said = [("caller", _said(str(n), 10 * n, 10 * n + 2 + n / 7)) for n in range(6)]
    came = [
        _came(0, "turn.ended", "customer", utterance=n, start=10 * n, end=10 * n + 2 + n / 7)
        for n in range(6)
        if n != 3
    ]
    came.append(_came(0, "turn.ended", "customer", utterance=9, start=31.0, end=33.9))
    assert distance(said, came) == pytest.approx(_APART)
    assert distance(said, []) is None
