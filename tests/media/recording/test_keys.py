"""The ring of keys as a line of text."""

from __future__ import annotations

import pytest

from media.recording.errors import KeyRingUnusable, RecordingKeyMissing, RecordingKeyWrong
from media.recording.keys import MOST_KEYS, KeyRing, WrappedKey


def test_written_and_read_again() -> None:
    ring = KeyRing.new("2026-05").with_new("2026-11")
    assert (ring.current, ring.ids) == ("2026-11", ["2026-11", "2026-05"])
    again = KeyRing.parse(ring.text())
    wrapped = ring.wrap(b"k" * 32, b"head")
    assert again.unwrap(wrapped, b"head") == b"k" * 32
    assert again.text() == ring.text()
    assert ring.only_current().ids == ["2026-11"]
    assert ring.text() not in repr(ring)
    assert KeyRing.parse(ring.text().replace("=", "=", 1) + "=").text() == ring.text()


def test_bound_to_what_it_was_made_for() -> None:
    ring = KeyRing.new("a")
    wrapped = ring.wrap(b"k" * 32, b"head")
    with pytest.raises(RecordingKeyWrong):
        ring.unwrap(wrapped, b"other")
    with pytest.raises(RecordingKeyWrong):
        KeyRing.new("a").unwrap(wrapped, b"head")
    with pytest.raises(RecordingKeyMissing):
        ring.unwrap(WrappedKey("b", wrapped.nonce, wrapped.wrapped), b"head")


def test_a_full_ring_fits_into_a_secret() -> None:
    ring = KeyRing.new("k" * 24)
    for number in range(MOST_KEYS - 1):
        ring = ring.with_new(f"{number}{'x' * 23}")
    assert len(ring.text()) <= 512
    with pytest.raises(KeyRingUnusable):
        ring.with_new("one-more")


@pytest.mark.parametrize(
    "text",
    ["", "   ", "a", "a=", "a=AAAA", "=" + "A" * 43, "A=" + "A" * 43, "a=" + "A" * 42 + "!",
     "a=" + "A" * 43 + " a=" + "B" * 43, "a=" + "A" * 60, "../x=" + "A" * 43],
)  # fmt: skip
def test_what_is_no_ring_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(KeyRingUnusable) as caught:
        KeyRing.parse(text)
    assert "AAAA" not in str(caught.value)
