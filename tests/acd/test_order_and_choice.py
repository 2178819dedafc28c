"""Who is served first, and by whom: pure functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd import choice, order
from acd.choice import Head
from acd.model import Agent, Contact, Medium
from core.errors import BadInput

START = datetime(2026, 1, 1, tzinfo=UTC)


def contact(
    *, priority: int = 0, after: float = 0.0, skills: dict[str, int] | None = None
) -> Contact:
    return Contact(
        id="c", medium=Medium.VOICE, channel="phone", direction="inbound", created_at=START,
        enqueued_at=START + timedelta(seconds=after), priority=priority, skills=skills or {},
    )  # fmt: skip


@given(
    st.integers(-1000, 1000),
    st.integers(-1000, 1000),
    st.floats(0, 86_400 * 30),
    st.floats(0, 86_400 * 30),
)
def test_priority_first_then_age(one: int, other: int, after: float, later: float) -> None:
    first, second = contact(priority=one, after=after), contact(priority=other, after=later)
    assert first.enqueued_at is not None
    assert second.enqueued_at is not None
    apart = abs((first.enqueued_at - second.enqueued_at).total_seconds())
    if one == other and 0 < apart < 1e-5:
        return  # finer than the order tells apart; the id decides
    expected = (-one, first.enqueued_at) < (-other, second.enqueued_at)
    assert (order.rank(first) < order.rank(second)) == expected


@pytest.mark.parametrize("priority", [-1001, 1001])
def test_a_priority_out_of_range_is_refused(priority: int) -> None:
    with pytest.raises(BadInput, match="out of range"):
        order.check_priority(priority)


@pytest.mark.parametrize(
    ("asked", "has", "can"),
    [
        ({}, {}, True),
        ({}, {"sales": 1}, True),
        ({"sales": 3}, {"sales": 3}, True),
        ({"sales": 3}, {"sales": 2}, False),
        ({"sales": 3}, {}, False),
        ({"sales": 0}, {}, False),  # a skill that is missing is not a zero
        ({"sales": 3, "language.zh": 5}, {"sales": 9, "language.zh": 5}, True),
        ({"sales": 3, "language.zh": 5}, {"sales": 9, "language.de": 9}, False),
    ],
)
def test_eligible(asked: dict[str, int], has: dict[str, int], can: bool) -> None:
    need = choice.need_of(contact(skills=asked))
    assert choice.eligible(need, choice.profile_of(Agent(id="a", device="", skills=has))) is can


def test_lines_are_named_alike_whatever_the_order_of_skills() -> None:
    one = contact(skills={"a": 1, "b": 2})
    other = contact(skills={"b": 2, "a": 1})
    assert choice.need_of(one) == choice.need_of(other)
    assert choice.medium_of(choice.need_of(one)) == "voice"


def test_the_longest_idle_of_the_eligible_is_chosen() -> None:
    need = choice.need_of(contact(skills={"sales": 1}))
    heads = [
        Head('{"support":9}', "longest-idle", 1.0),
        Head('{"sales":9}', "best", 3.0),
        Head('{"sales":1}', "longest-idle-eligible", 2.0),
    ]
    chosen = choice.choose(need, heads)
    assert chosen is not None
    assert chosen.id == "longest-idle-eligible"
    assert choice.choose(need, heads[:1]) is None
