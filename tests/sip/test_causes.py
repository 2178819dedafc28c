"""What a phone's answer means for an offer."""

from __future__ import annotations

import pytest

from sip.causes import Cause, foremost, unanswered_outcome


@pytest.mark.parametrize(
    ("cause", "status", "rang", "outcome"),
    [
        (Cause.NO_ANSWER, 0, True, "timed_out"),
        (Cause.BUSY, 486, True, "busy"),
        (Cause.UNKNOWN, 480, True, "unavailable"),
        (Cause.UNKNOWN, 503, True, "unreachable"),
        (Cause.UNKNOWN, 0, False, "unreachable"),
        (Cause.UNKNOWN, 0, True, "hung_up_early"),  # 200 and BYE at once
        (Cause.SUBSCRIBER_ABSENT, 0, False, "unregistered"),
        (999, 0, True, "unreachable"),
    ],
)
def test_an_outcome_of_every_end(cause: int, status: int, rang: bool, outcome: str) -> None:
    assert unanswered_outcome(cause, status, rang=rang) == outcome


def test_what_a_person_did_says_more_than_what_a_phone_did() -> None:
    assert foremost(["unreachable", "timed_out", "busy"]) == "busy"
    assert foremost(["busy", "hung_up_early"]) == "hung_up_early"
