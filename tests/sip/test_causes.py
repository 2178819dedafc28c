"""What a phone's answer means for an offer."""

from __future__ import annotations

import pytest

from sip.causes import Cause, foremost, unanswered_outcome


@pytest.mark.parametrize(
    ("cause", "status", "picked_up", "outcome"),
    [
        (Cause.NO_ANSWER, 0, False, "timed_out"),
        (Cause.BUSY, 486, False, "busy"),
        (Cause.UNKNOWN, 480, False, "unavailable"),
        (Cause.UNKNOWN, 503, False, "unreachable"),
        (Cause.UNKNOWN, 0, False, "unreachable"),
        (Cause.UNKNOWN, 0, True, "hung_up_early"),  # 200 and BYE at once
        (Cause.NORMAL, 0, True, "hung_up_early"),
        (Cause.SUBSCRIBER_ABSENT, 0, False, "unregistered"),
        (999, 0, False, "unreachable"),
    ],
)
def test_an_outcome_of_every_end(cause: int, status: int, picked_up: bool, outcome: str) -> None:
    assert unanswered_outcome(cause, status, picked_up=picked_up) == outcome


def test_what_a_person_did_says_more_than_what_a_phone_did() -> None:
    assert foremost(["unreachable", "timed_out", "busy"]) == "busy"
    assert foremost(["busy", "hung_up_early"]) == "hung_up_early"
