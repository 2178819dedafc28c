"""Everything that lives in Redis comes back from JSON as it was."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from acd import codec
from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.contact_states import ContactState
from acd.model import (
    Agent,
    Assignment,
    CallBack,
    Contact,
    EndReason,
    Medium,
    Offer,
    Preferred,
    PreferredKind,
    Segment,
    SegmentKind,
)
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
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PREFERRED = st.builds(
    Preferred, agent_id=TEXT, kind=st.sampled_from(PreferredKind), since=TIMES, seconds=FLOATS
)
CALL_BACKS = st.builds(CallBack, number=TEXT, attempts=st.integers(0, 9), agreed_at=TIMES)
CONTACTS = st.builds(
    Contact, id=TEXT, medium=st.sampled_from(Medium), channel=TEXT, direction=TEXT,
    created_at=TIMES, state=st.sampled_from(ContactState), skills=SKILLS, asks=TEXT, node=TEXT,
    enqueued_at=st.none() | TIMES, end_reason=st.none() | st.sampled_from(EndReason),
    attributes=st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=3),
    segments=st.lists(SEGMENTS, max_size=4), customer_number=TEXT, version=st.integers(0),
    preferred=st.lists(PREFERRED, max_size=2), call_back=st.none() | CALL_BACKS, rank=FLOATS,
    slope=FLOATS, not_before=st.none() | TIMES, slot=st.none() | st.integers(1, 99),
)  # fmt: skip
ASSIGNMENTS = st.builds(
    Assignment, contact_id=TEXT, medium=st.sampled_from(Medium), weight=st.integers(0, 100),
    state=st.sampled_from(AssignmentState), since=TIMES, queue=st.none() | TEXT,
    offer_id=st.none() | TEXT, until=st.none() | TIMES,
)  # fmt: skip
AGENTS = st.builds(
    Agent, id=TEXT, device=TEXT, skills=SKILLS, presence=st.sampled_from(Presence),
    since=st.none() | TIMES, assignments=st.lists(ASSIGNMENTS, max_size=3), occupied=FLOATS,
    turns=st.dictionaries(TEXT, FLOATS, max_size=2),
)  # fmt: skip
OFFERS = st.builds(
    Offer, id=TEXT, contact_id=TEXT, agent_id=TEXT, queue=TEXT, created_at=TIMES,
    deadline=TIMES, state=st.sampled_from(OfferState), epoch=st.integers(0),
)  # fmt: skip


@given(CONTACTS)
def test_contact_round_trip(contact: Contact) -> None:
    back = codec.contact(codec.encode(contact))
    assert back == contact
    assert isinstance(back.state, ContactState)


@given(AGENTS)
def test_agent_round_trip(agent: Agent) -> None:
    assert codec.agent(codec.encode(agent)) == agent


@given(OFFERS)
def test_offer_round_trip(offer: Offer) -> None:
    assert codec.offer(codec.encode(offer)) == offer


@given(CONTACTS | AGENTS | OFFERS)
def test_the_version_comes_first(thing: codec.Thing) -> None:
    """Where the commit script and the cache look for it."""
    assert codec.encode(thing).startswith(b'{"version":%d,' % thing.version)


def test_unknown_keys_are_ignored_and_missing_ones_take_their_default() -> None:
    raw = codec.to_dict(_offer())
    raw["of_tomorrow"] = 1
    del raw["state"]
    assert codec.offer(json.dumps(raw)).state is OfferState.PENDING


def test_text_that_has_no_bytes_and_numbers_that_are_none() -> None:
    offer = _offer()
    offer.queue = "half \ud83d, whole \U0001f600, nul \x00"
    back = codec.offer(codec.encode(offer))
    assert back.queue == "half \ufffd, whole \U0001f600, nul \x00"
    odd = {"k\udfff": ["\ud800", {"n": math.nan}], "many": math.inf, "big": 10**40}
    assert json.loads(codec.encode(odd)) == {
        "k\ufffd": ["\ufffd", {"n": None}], "many": None, "big": 10**40,
    }  # fmt: skip


def _offer() -> Offer:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1)
    return Offer(id="o", contact_id="c", agent_id="a", queue="q", created_at=now, deadline=now)
