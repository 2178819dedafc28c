"""What stretches add up to."""

from __future__ import annotations

from datetime import timedelta

from acd.contact_states import ContactState
from acd.model import EndReason, Segment, SegmentKind
from acd.records.durations import summarise
from tests.acd.records.build import START, arrive, whole_call


def test_a_whole_call() -> None:
    summary = summarise(whole_call().contact)
    assert summary.answered_at == START + timedelta(seconds=25.5)
    assert (summary.ivr_seconds, summary.wait_seconds, summary.talk_seconds) == (5, 20, 90)
    assert (summary.hold_seconds, summary.wrap_up_seconds) == (15, 10)


def test_what_still_lasts_does_not_count_yet() -> None:
    """Else the figures would depend on when the row happens to be written."""
    call = arrive()
    call.begin(SegmentKind.QUEUE, 1, queue="cards")
    assert summarise(call.contact).wait_seconds == 0
    call.contact.state = ContactState.WRAP_UP
    call.contact.ended_at = START + timedelta(seconds=9)
    assert summarise(call.contact).wait_seconds == 0


def test_what_nobody_closed_ends_with_the_contact() -> None:
    call = arrive()
    call.begin(SegmentKind.QUEUE, 1, queue="cards")
    call.end(30, EndReason.TELEPHONY_LOST)
    call.contact.segments[0].ended_at = None
    assert summarise(call.contact).wait_seconds == 30


def test_clocks_that_differ_make_nothing_negative() -> None:
    call = arrive()
    call.contact.segments.append(
        Segment(
            id="seg_1",
            kind=SegmentKind.TALK,
            started_at=START,
            ended_at=START - timedelta(milliseconds=3),
        )
    )
    assert summarise(call.contact).talk_seconds == 0


def test_a_contact_that_went_through_two_queues_and_agents() -> None:
    call = arrive()
    call.begin(SegmentKind.QUEUE, 1, queue="cards")
    call.begin(SegmentKind.TALK, 10, agent_id="anna")
    call.begin(SegmentKind.QUEUE, 60, queue="loans")
    call.begin(SegmentKind.TALK, 5, agent_id="ben")
    call.end(30, EndReason.AGENT_HUNG_UP)
    summary = summarise(call.contact)
    assert (summary.first_agent_id, summary.last_agent_id) == ("anna", "ben")
    assert (summary.queue, summary.wait_seconds, summary.talk_seconds) == ("loans", 15, 90)
    assert summary.answered_at == START + timedelta(seconds=11)
