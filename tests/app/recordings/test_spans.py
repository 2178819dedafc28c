"""From times of day to places in the file: never too little silence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.recordings.spans import (
    FOUND,
    MARGIN_SECONDS,
    TimeLine,
    from_heard,
    from_keys,
    from_pauses,
)
from core.events import Event
from media.recording.silencing import Reason, Side

BEGAN = 1_700_000_000.0
M = MARGIN_SECONDS
LINE = TimeLine(BEGAN)


def found(**data: Any) -> Event:
    values = {"n": 1, "leg": "customer", "utterance": 1, **data}
    return Event(type=FOUND, at=datetime.now(UTC), contact_id="con_a", data=values)


def test_each_stretch_that_was_found_on_the_side_it_was_said() -> None:
    event = found(**{"from": BEGAN + 10, "to": BEGAN + 20, "spans": [[4, 6], [12, 14]]})
    spans = from_heard([event], LINE)
    assert [s.start for s in spans] == pytest.approx([10 - M, 18 - M])
    assert [s.end for s in spans] == pytest.approx([12 + M, 20 + M])
    assert {(s.side, s.reason) for s in spans} == {(Side.CALLER, Reason.SPOKEN)}


@pytest.mark.parametrize(("leg", "side"), [("agent", Side.AGENT), ("", Side.BOTH)])
def test_whose_it_is(leg: str, side: Side) -> None:
    (span,) = from_heard([found(leg=leg, **{"from": BEGAN + 1, "to": BEGAN + 2})], LINE)
    assert span.side is side
    assert (span.start, span.end) == pytest.approx((1 - M, 2 + M))


def test_what_does_not_say_when_is_passed_over() -> None:
    other = Event(type="transcript.final", at=datetime.now(UTC), data={"from": 1, "to": 2})
    assert from_heard([found(), other], LINE) == []


def test_a_file_that_is_shorter_than_its_time() -> None:
    line = TimeLine.of(BEGAN, BEGAN + 60, 50, asked_at=BEGAN)
    assert (line.missing, line.early) == (10, 0)
    span = line.span(BEGAN + 30, BEGAN + 31, Side.BOTH, Reason.SPOKEN)
    assert (span.start, span.end) == pytest.approx((20 - M, 31 + M))


def test_a_beginning_that_is_known_within_bounds() -> None:
    line = TimeLine.of(BEGAN, BEGAN + 60, 60.2, asked_at=BEGAN - 0.5)
    assert line.missing == 0
    assert line.early == pytest.approx(0.5)
    assert TimeLine.of(BEGAN, BEGAN + 60, 60.2, asked_at=None).early == pytest.approx(0.2)
    span = line.span(BEGAN + 30, BEGAN + 31, Side.BOTH, Reason.SPOKEN)
    assert (span.start, span.end) == pytest.approx((30 - M, 31.5 + M))


def test_keys_and_pauses() -> None:
    note = {
        "keyed": [{"from": BEGAN + 5, "to": BEGAN + 9, "side": "agent"}],
        "pauses": [
            {"from": BEGAN + 1, "to": BEGAN + 2, "reason": "agent_pause"},
            {"from": BEGAN + 8, "to": None, "reason": "secret_expected"},
        ],
    }
    (keys,) = from_keys(note, LINE)
    assert (keys.start, keys.end) == pytest.approx((5 - M, 9 + M))
    assert (keys.side, keys.reason) == (Side.AGENT, Reason.KEYED)
    pauses = from_pauses(note, LINE, BEGAN + 12)
    assert [(p.start, p.end, p.reason) for p in pauses] == [
        (1, 2, "agent_pause"), (8, 12, "secret_expected"),
    ]  # fmt: skip
    assert from_keys({}, LINE) == from_pauses({}, LINE, BEGAN) == []
