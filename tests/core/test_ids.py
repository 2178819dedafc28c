"""Identifiers: unique, sortable, safe everywhere they are put."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ids

KINDS = [ids.CONTACT, ids.OFFER, ids.SEGMENT, ids.EVENT, ids.RECORDING, ids.CHANNEL, ids.SESSION]


@pytest.mark.parametrize("kind", KINDS)
def test_form(kind: str) -> None:
    made = ids.new_id(kind)
    assert re.fullmatch(kind + r"_[0-9A-HJKMNP-TV-Z]{26}", made)
    assert ids.is_id(made)
    assert ids.is_id(made, kind)
    assert not ids.is_id(made, "xyz")


def test_unique() -> None:
    assert len({ids.new_id("con") for _ in range(10_000)}) == 10_000


def test_sorted_by_time() -> None:
    made = []
    for _ in range(5):
        made.append(ids.new_id("con"))
        now = time.time_ns() // 1_000_000
        while time.time_ns() // 1_000_000 == now:
            pass
    assert made == sorted(made)


def test_time_can_be_read_back() -> None:
    """ULID: the first ten characters are milliseconds since the epoch."""
    before = int(time.time() * 1000)
    text = ids.new_id("con").removeprefix("con_")[:10]
    value = 0
    for character in text:
        value = value * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(character)
    assert before <= value <= int(time.time() * 1000)


@given(st.text())
def test_anything_else_is_no_id(text: str) -> None:
    assert ids.is_id(text) == bool(re.fullmatch(r"[a-z]{2,4}_[0-9A-HJKMNP-TV-Z]{26}", text))


@pytest.mark.parametrize("text", ["", "con_", "con_" + "I" * 26, "con_" + "0" * 26 + "\n"])
def test_near_misses(text: str) -> None:
    assert not ids.is_id(text)
