"""Both speak at once: said while they do, and how long it was."""

from __future__ import annotations

from media.hearing.talk_over import TalkOvers
from media.vad.turns import End, Ended, Started


def began(start: float) -> Started:
    return Started(1, start)


def ended(start: float, end: float) -> Ended:
    return Ended(1, start, end, end - start, End.PAUSE)


def test_one_after_the_other_is_none() -> None:
    overs = TalkOvers()
    assert overs.turn("agent", began(0.0)) == []
    assert overs.turn("customer", began(2.1)) == []  # the end of the first is told late
    assert overs.turn("agent", ended(0.0, 2.0)) == []
    assert overs.now(4.0) == []
    assert overs.turn("customer", ended(2.1, 5.0)) == []


def test_what_lasts_is_told_while_it_does() -> None:
    overs = TalkOvers()
    overs.turn("agent", began(0.0))
    overs.turn("customer", began(2.0))
    assert overs.now(2.5) == []
    (begun,) = overs.now(3.4)
    assert (begun.type, begun.at, begun.data["leg"]) == ("talk_over.began", 2.0, "customer")
    assert overs.now(3.8) == []
    (over,) = overs.turn("agent", ended(0.0, 4.0))
    assert (over.type, over.at, over.data["seconds"]) == ("talk_over.ended", 4.0, 2.0)
    assert overs.turn("customer", ended(2.0, 6.0)) == []


def test_what_is_short_is_told_when_it_is_over() -> None:
    overs = TalkOvers()
    overs.turn("agent", began(0.0))
    overs.turn("customer", began(2.0))
    told = overs.turn("agent", ended(0.0, 2.8))
    assert [one.type for one in told] == ["talk_over.began", "talk_over.ended"]
    assert told[1].data["leg"] == "customer"


def test_mhm_is_none() -> None:
    overs = TalkOvers()
    overs.turn("agent", began(0.0))
    overs.turn("customer", began(2.0))
    assert overs.turn("customer", ended(2.0, 2.4)) == []
    assert overs.now(9.0) == []
