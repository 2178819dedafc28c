"""AudioSocket on the wire."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio.protocol import RATES, BadStream, Kind, Parser, hello, message

STREAM = uuid4()
SOUND = bytes(range(256)) * 2


@given(st.lists(st.integers(1, 40), max_size=40))
def test_messages_survive_any_cutting(cuts: list[int]) -> None:
    data = hello(STREAM) + message(0x10, SOUND) + message(Kind.DTMF, b"5") + message(Kind.HANG_UP)
    parser, found = Parser(), []
    for size in [*cuts, len(data)]:
        found += list(parser.feed(data[:size]))
        data = data[size:]
    assert found == [
        (Kind.UUID, STREAM.bytes), (0x10, SOUND), (Kind.DTMF, b"5"), (Kind.HANG_UP, b""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n\r\n", message(0x10, SOUND), b"\x01\x00\x04abcd", b"\x16\x03\x01\x02\x00"],
)
def test_what_does_not_begin_with_an_id_is_refused(data: bytes) -> None:
    with pytest.raises(BadStream):
        list(Parser().feed(data))


def test_an_unknown_kind_ends_it() -> None:
    parser = Parser()
    list(parser.feed(hello(STREAM)))
    with pytest.raises(BadStream, match="0x77"):
        list(parser.feed(message(0x77, b"x")))


def test_rates_of_all_kinds() -> None:
    assert (RATES[0x10], RATES[0x12], RATES[0x16], len(RATES)) == (8000, 16000, 48000, 9)


def test_a_payload_too_long() -> None:
    with pytest.raises(ValueError, match="65536"):
        message(0x10, bytes(65536))
