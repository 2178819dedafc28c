"""Guessing PINs at shared phones: five wrong tries in a quarter of an hour, whatever is right
in between, and on whatever node."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from acd.agent_states import Presence
from acd.router import Router
from app.phones.hot_desk import HotDesk
from app.phones.pin_tries import MOST_WRONG, WITHIN, PinTries
from app.phones.places import Places
from config.load import load
from config.pin_strength import pin_weakness
from config.secrets import Secrets, pin_secret
from core.clock import ManualClock
from core.events import Event
from core.redis import Keys
from tests.support.installation import CONFIG

ALICE, BOB, CAROL, SUE = "6001", "6002", "6003", "6090"
PINS = {ALICE: "739164", BOB: "804627", CAROL: "295038", SUE: "1234"}
DESK, OTHER = "7001", "7002"


class _Floor:
    """The three things that a log-in asks of the router; the rest is tested on real calls."""

    def __init__(self) -> None:
        self.moved: list[tuple[str, str]] = []
        self.agents = self

    async def move(self, agent_id: str, device: str) -> None:
        self.moved.append((agent_id, device))

    async def get(self, _: str) -> Any:
        return SimpleNamespace(presence=Presence.READY)


class _House:
    """Hot desking as two nodes do it, on one Redis."""

    def __init__(self, redis: Redis, folder: Path) -> None:
        self.clock = ManualClock()
        self.events: list[Event] = []
        settings = load(CONFIG, environ={}).settings
        secrets = Secrets(folder, environ={})
        for extension, pin in PINS.items():
            secrets.put(pin_secret(extension), pin)
        self.nodes = [
            HotDesk(
                settings, cast(Router, _Floor()), Places(settings), secrets,
                PinTries(redis, Keys("test"), self.clock), self.clock, self.events.append,
            )
            for _ in range(2)
        ]  # fmt: skip

    async def tries(self, device: str, number: str, pin: str, *, node: int = 0) -> bool:
        return await self.nodes[node].log_in(device, number, pin) is not None


@pytest.fixture
def house(redis: Redis, tmp_path: Path) -> _House:
    return _House(redis, tmp_path)


async def test_a_right_pin_buys_no_further_guesses(house: _House) -> None:
    """Somebody who knows one PIN guesses those of others at one phone."""
    for number in (BOB, CAROL, SUE, BOB, CAROL):
        assert await house.tries(DESK, ALICE, PINS[ALICE])
        assert not await house.tries(DESK, number, "000001")
    assert not await house.tries(DESK, BOB, PINS[BOB]), "the phone is blocked"
    assert not await house.tries(DESK, ALICE, PINS[ALICE])
    assert await house.tries(OTHER, BOB, PINS[BOB]), "no agent is"
    (told,) = house.events
    assert (told.type, told.data["device"], told.data["blocked"]) == (
        "hot_desk.blocked", DESK, ["phone"],
    )  # fmt: skip


async def test_right_pins_are_never_too_many(house: _House) -> None:
    for _ in range(3 * MOST_WRONG):
        assert await house.tries(DESK, ALICE, PINS[ALICE])
    assert house.events == []


async def test_an_agent_is_guessed_at_from_many_phones_and_nodes(house: _House) -> None:
    for n in range(MOST_WRONG):
        assert not await house.tries(f"70{n}", BOB, "000001", node=n % 2)
    assert not await house.tries(OTHER, BOB, PINS[BOB], node=1)
    assert [event.data["agent"] for event in house.events] == ["bob"]
    assert await house.tries(OTHER, ALICE, PINS[ALICE], node=1)


async def test_a_right_pin_clears_what_is_held_against_the_agent(house: _House) -> None:
    for phone in ("701", "702", "703"):
        for _ in range(MOST_WRONG - 1):
            assert not await house.tries(phone, BOB, "000001")
        assert await house.tries(DESK, BOB, PINS[BOB])


async def test_the_block_ends_and_tries_meanwhile_do_not_prolong_it(house: _House) -> None:
    for _ in range(MOST_WRONG):
        assert not await house.tries(DESK, BOB, "000001")
    house.clock.advance(WITHIN.total_seconds() - 1)
    for _ in range(20):
        assert not await house.tries(DESK, BOB, PINS[BOB])
    house.clock.advance(2)
    assert await house.tries(DESK, BOB, PINS[BOB])
    assert len(house.events) == 1


async def test_tries_side_by_side_all_count(house: _House, redis: Redis) -> None:
    await asyncio.gather(*(house.tries(DESK, "6666", "000001") for _ in range(40)))
    assert not await house.tries(DESK, BOB, PINS[BOB])
    assert [await redis.zcard(key) async for key in redis.scan_iter("test:pin:*")] == [MOST_WRONG]


async def test_a_pin_that_everybody_tries_is_never_right(house: _House) -> None:
    assert not await house.tries(DESK, SUE, PINS[SUE])


@pytest.mark.parametrize(
    "pin",
    ["", "123", "1234", "4321", "890123", "0000", "121212", "739739", "6001", "60016001", "1006",
     "2580", "12a4", "１２９７"],
)  # fmt: skip
def test_weak_pins(pin: str) -> None:
    assert pin_weakness(pin, "6001") is not None


@pytest.mark.parametrize("pin", ["7391", "804627", "123987", "60017"])
def test_usable_pins(pin: str) -> None:
    assert pin_weakness(pin, "6001") is None
