"""Barge-in and talk-over: pure decisions on judged frames and turns."""

from __future__ import annotations

from media.vad.barge_in import BargeInDetector, By, Policy
from media.vad.overlap import Conversation, Quiet, TalkOver
from media.vad.turns import End, Ended, Started
from media.vad.voice import Voice


def voice(at: float, *, speech: bool, level: float = -20.0, key: str = "") -> Voice:
    return Voice(at, speech, 0.95 if speech else 0.02, level, -60.0, key)


def feed(detector: BargeInDetector, pattern: str, *, level: float = -20.0) -> float | None:
    """One character a frame: s speech, anything else none; when it decided."""
    for number, sign in enumerate(pattern):
        if found := detector.frame(voice(number * 0.02, speech=sign == "s", level=level)):
            return found.at
    return None


def test_an_answer_interrupts_within_a_third_of_a_second() -> None:
    at = feed(BargeInDetector(), "." * 20 + "s" * 50)
    assert at is not None
    assert 0.4 + 0.2 < at < 0.4 + 0.33


def test_a_cough_does_not() -> None:
    assert feed(BargeInDetector(), ("." * 40 + "s" * 8) * 4) is None


def test_an_echo_that_is_always_there_does_not() -> None:
    assert feed(BargeInDetector(), "s" * 100, level=-55.0) is None


def test_nothing_does_at_the_very_beginning() -> None:
    at = feed(BargeInDetector(Policy(guard=0.5)), "s" * 60)
    assert at is not None
    assert at > 0.7


def test_a_key_always_does_and_only_once() -> None:
    detector = BargeInDetector(began=10.0)
    found = detector.frame(voice(2.0, speech=False, key="5"))
    assert found is not None
    assert found.by is By.KEY
    assert detector.key(3.0) is None
    assert detector.decided is found


def test_where_words_are_asked_for_sound_is_not_enough() -> None:
    detector = BargeInDetector(Policy(words=True))
    assert feed(detector, "s" * 100) is None
    found = detector.words(2.4, 2.0)
    assert found is not None
    assert (found.by, found.since) == (By.WORDS, 2.0)


def started(number: int, at: float) -> Started:
    return Started(number, at)


def ended(number: int, start: float, end: float) -> Ended:
    return Ended(number, start, end, end - start, End.PAUSE)


def test_who_talks_over_whom() -> None:
    both = Conversation()
    both.turn("customer", started(1, 1.0))
    both.turn("agent", started(1, 3.0))
    found = both.turn("customer", ended(1, 1.0, 4.5))
    assert found == [TalkOver(by="agent", over="customer", start=3.0, seconds=1.5)]
    assert both.turn("agent", ended(1, 3.0, 6.0)) == []


def test_mhm_is_no_interruption() -> None:
    both = Conversation()
    both.turn("agent", started(1, 0.0))
    both.turn("customer", started(1, 2.0))
    assert both.turn("customer", ended(1, 2.0, 2.4)) == []


def test_a_silence_is_told_when_it_begins_to_count_and_when_it_ends() -> None:
    both = Conversation(silence=8)
    both.turn("agent", started(1, 0.0))
    both.turn("agent", ended(1, 0.0, 5.0))
    assert both.now(12.0) == []
    assert both.now(13.1) == [Quiet(5.0, 0.0)]
    assert both.now(14.0) == []
    assert both.turn("customer", started(1, 20.0)) == [Quiet(5.0, 15.0)]
    assert both.now(21.0) == []
