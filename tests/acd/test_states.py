"""The tables themselves, and the pictures drawn from them."""

from __future__ import annotations

import pytest

from acd import diagrams
from acd.agent_states import PRESENCE, Presence
from acd.assignment_states import ASSIGNMENT_STATES, AssignmentState
from acd.contact_states import CONTACT_STATES, ContactEvent, ContactState
from acd.offer_states import OFFER_STATES, OfferEvent, OfferState
from core.state_table import IllegalTransition


def test_the_committed_diagrams_are_current() -> None:
    assert diagrams.FILE.read_text(encoding="utf-8") == diagrams.page(), (
        "Run: python -m acd.diagrams"
    )


def test_every_contact_can_end_and_an_ended_one_takes_nothing() -> None:
    assert not [event for event in ContactEvent if CONTACT_STATES.allows(ContactState.ENDED, event)]
    ends = {ContactState.ENDED}
    while True:
        reach = {s for (s, _), target in CONTACT_STATES.table.items() if target in ends}
        if reach <= ends:
            break
        ends |= reach
    assert ends == set(ContactState)


def test_the_customer_can_leave_from_every_state_in_which_they_are_there() -> None:
    for state in set(ContactState) - {ContactState.WRAP_UP, ContactState.ENDED}:
        assert CONTACT_STATES.allows(state, ContactEvent.CUSTOMER_LEFT)
        assert CONTACT_STATES.allows(state, ContactEvent.FAILED)


def test_every_presence_is_reached_and_left() -> None:
    assert {s for s, _ in PRESENCE.table} == set(Presence)
    assert set(PRESENCE.table.values()) == set(Presence)


def test_whatever_an_agent_has_in_hand_can_go() -> None:
    over = {s for (s, _), target in ASSIGNMENT_STATES.table.items()
            if target is AssignmentState.OVER}  # fmt: skip
    assert over == set(AssignmentState) - {AssignmentState.OVER}
    assert not [s for s, _ in ASSIGNMENT_STATES.table if s is AssignmentState.OVER]


@pytest.mark.parametrize("state", [s for s in OfferState if s is not OfferState.PENDING])
def test_an_offer_is_decided_once(state: OfferState) -> None:
    for event in OfferEvent:
        with pytest.raises(IllegalTransition, match=state.value):
            OFFER_STATES.next(state, event)
