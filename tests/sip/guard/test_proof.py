"""Which failures prove that their source is not forged, and what each kind blocks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from config.sip import Guard as Rules
from sip.ami import AmiEvent
from sip.guard.blocks import UNPROVEN_SECONDS, Blocks
from sip.guard.challenges import Challenges

PLACE, OTHER = "192.0.2.1", "192.0.2.2"
AT = 1_796_083_819


def _event(
    nonce: str = "", *, transport: str = "UDP", at: int = AT, where: str = PLACE
) -> AmiEvent:
    when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.123+0000")
    place = f"IPV4/{transport}/{where}/5060"
    lines = (("EventTV", when), ("Challenge", nonce), ("RemoteAddress", place))
    return AmiEvent("any", {name.lower(): (name, value) for name, value in lines})


def _challenged(nonce: str = "") -> Challenges:
    challenges = Challenges()
    challenges.note(PLACE, _event(nonce), 100.0)
    return challenges


@pytest.mark.parametrize(
    ("nonce", "proven"),
    [
        (f"{AT}/abc", True),
        (f"{AT - 1}/abc", True),  # made just before the second ended
        (f"{AT + 1}/abc", False),
        (f"{AT - 2}/abc", False),
        ("madeup", False),
        (f"{AT}/", False),
        (f"{AT}", False),
        (f"\u0661{AT}/abc", False),
        ("9" * 60 + "/abc", False),
        ("", False),
    ],
)
def test_a_nonce_of_the_second_of_a_challenge_is_proof(nonce: str, proven: bool) -> None:
    assert _challenged().proven(PLACE, _event(nonce), 101.0) is proven


def test_a_challenge_that_is_reported_whole_is_compared_whole() -> None:
    challenges = _challenged(f"{AT}/abc")
    assert not challenges.proven(PLACE, _event(f"{AT}/abd"), 101.0)
    assert challenges.proven(PLACE, _event(f"{AT}/abc"), 101.0)


def test_a_challenge_proves_one_place_for_a_minute() -> None:
    challenges = _challenged()
    assert not challenges.proven(OTHER, _event(f"{AT}/abc", where=OTHER), 101.0)
    assert challenges.proven(PLACE, _event(f"{AT}/abc"), 159.0)
    assert not _challenged().proven(PLACE, _event(f"{AT}/abc"), 161.0)


def test_the_challenge_in_a_refusal_may_be_answered() -> None:
    """Guessers take the next nonce from the refusal of the last guess."""
    challenges, last = _challenged(), AT
    for n in range(1, 20):
        assert challenges.proven(PLACE, _event(f"{last}/abc", at=AT + 20 * n), 100.0 + 20 * n)
        last = AT + 20 * n


def test_nobody_forges_a_source_over_tcp_or_tls() -> None:
    for transport in ("TCP", "TLS"):
        assert Challenges().proven(PLACE, _event("madeup", transport=transport), 0.0)


def test_memory_of_challenges_is_bounded() -> None:
    challenges = Challenges()
    for n in range(20_000):
        challenges.note(f"10.0.{n >> 8}.{n & 255}", _event(), 0.0)
    for n in range(1000):
        challenges.note(PLACE, _event(at=AT + n), 0.0)
    assert len(challenges._sent) == 10_000
    assert len(challenges._sent[PLACE]) <= 64


def test_unproven_blocks_take_no_place_of_proven_ones() -> None:
    blocks = Blocks(Rules())
    blocks.add(PLACE, 0.0, 10, (), proven=True)
    for n in range(3000):
        blocks.add(f"10.0.{n >> 8}.{n & 255}", 1.0 + n / 1000, 10, (), proven=False)
    assert blocks.has(PLACE, proven=True)
    assert len(blocks) == 1001
    assert list(blocks.proven) == [PLACE], "only proven ones are remembered across restarts"


def test_of_many_proven_ones_those_stay_who_came_back() -> None:
    blocks = Blocks(Rules())
    blocks.add(PLACE, 0.0, 10, (), proven=True)
    blocks.expire(1000.0)
    assert blocks.add(PLACE, 1000.0, 10, (), proven=True).times == 2
    for n in range(1500):
        blocks.add(f"10.0.{n >> 8}.{n & 255}", 2500.0, 10, (), proven=True)
    assert blocks.has(PLACE, proven=True)
    assert len(blocks) == 1000


def test_an_unproven_block_is_short_and_counts_for_nothing_later() -> None:
    blocks = Blocks(Rules())
    for n in range(3):
        block = blocks.add(PLACE, n * 100.0, 10, (), proven=False)
        assert (block.until - block.since, block.times) == (UNPROVEN_SECONDS, 1)
        assert not blocks.has(PLACE, proven=True), "a proven failure still counts"
        blocks.expire(n * 100.0 + 61)
        assert not blocks.addresses()
    first = blocks.add(PLACE, 400.0, 10, (), proven=True)
    assert (first.until - first.since, first.times) == (900.0, 1)


def test_both_kinds_are_lifted_together() -> None:
    blocks = Blocks(Rules())
    blocks.add(PLACE, 0.0, 10, (), proven=False)
    blocks.add(PLACE, 0.0, 10, (), proven=True)
    assert [block.address for block in blocks.at(1.0)] == [PLACE]
    assert blocks.lift(PLACE)
    assert not blocks.lift(PLACE)
    assert not blocks.addresses()
