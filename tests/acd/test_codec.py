"""Everything that lives in Redis comes back from JSON as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from acd import codec
from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import Agent, Contact, EndReason, Medium, Offer, Segment, SegmentKind
from acd.offer_states import OfferState

TIMES = st.datetimes(
    datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
)  # fmt: skip
TEXT = st.text(max_size=12)
SKILLS = st.dictionaries(TEXT, st.integers(1, 10), max_size=3)

SEGMENTS = st.builds(
    Segment, id=TEXT, kind=st.sampled_from(SegmentKind), started_at=TIMES,
    ended_at=st.none() | TIMES, queue=st.none() | TEXT, agent_id=st.none() | TEXT,
    outcome=st.none() | TEXT,
)  # fmt: skip
CONTACTS = st.builds(
    Contact, id=TEXT, medium=st.sampled_from(Medium), channel=TEXT, direction=TEXT,
    created_at=TIMES, state=st.sampled_from(ContactState), skills=SKILLS,
    enqueued_at=st.none() | TIMES, end_reason=st.none() | st.sampled_from(EndReason),
    attributes=st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=3),
    segments=st.lists(SEGMENTS, max_size=4), customer_number=TEXT, version=st.integers(0),
)  # fmt: skip
AGENTS = st.builds(
    Agent, id=TEXT, device=TEXT, skills=SKILLS, state=st.sampled_from(AgentState),
    since=st.none() | TIMES, wrap_up_until=st.none() | TIMES,
)  # fmt: skip
OFFERS = st.builds(
    Offer, id=TEXT, contact_id=TEXT, agent_id=TEXT, queue=TEXT, created_at=TIMES,
    deadline=TIMES, state=st.sampled_from(OfferState),
)  # fmt: skip


def through_json(raw: Any) -> Any:
    return json.loads(codec.dumps(raw))


@given(CONTACTS)
def test_contact_round_trip(contact: Contact) -> None:
    back = codec.contact_from_dict(through_json(codec.contact_to_dict(contact)))
    assert back == contact
    assert isinstance(back.state, ContactState)


@given(AGENTS)
def test_agent_round_trip(agent: Agent) -> None:
    assert codec.agent_from_dict(through_json(codec.agent_to_dict(agent))) == agent


@given(OFFERS)
def test_offer_round_trip(offer: Offer) -> None:
    assert codec.offer_from_dict(through_json(codec.offer_to_dict(offer))) == offer


def test_unknown_keys_are_ignored_and_missing_ones_take_their_default() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1)
    raw = codec.offer_to_dict(
        Offer(id="o", contact_id="c", agent_id="a", queue="q", created_at=now, deadline=now)
    )
    raw["of_tomorrow"] = 1
    del raw["state"]
    assert codec.offer_from_dict(raw).state is OfferState.PENDING
