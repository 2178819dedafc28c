"""Trunks as they really are: a second Asterisk of ours is the carrier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest_asyncio

from app.trunks import tell_changes, trunk_checks
from core.clock import SystemClock
from core.errors import ParleyError
from core.events import Event
from core.metrics import trunk_reachable, trunk_registered
from sip.ami import AmiClient, AmiSettings
from sip.trunks import Reach, Registration, TrunkStates
from tests.sip.asterisk.test_carrier import ACCOUNT
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.wait import eventually, until

NAME = "telco"


def _trunk(carrier: ParleyAsterisk) -> str:
    return (
        f"{{direction: both, carrier: {{host: 127.0.0.1, port: {carrier.sip_port}, "
        f"username: '{ACCOUNT}', secret: telco-login, realm: parley, "
        "register_expiry_seconds: 60, qualify_seconds: 1}}"
    )


async def _ours(
    parley_asterisk: ParleyAsteriskFactory, carrier: ParleyAsterisk, password: str
) -> ParleyAsterisk:
    ours = await parley_asterisk(
        {f"trunks.{NAME}": _trunk(carrier)}, environ={"PARLEY_SECRET_TELCO_LOGIN": password}
    )
    await ours.instance.rx(f"pjsip send register {NAME}-registration")
    return ours


Watch = Callable[[ParleyAsterisk], Awaitable[TrunkStates]]


@pytest_asyncio.fixture
async def watch() -> AsyncIterator[Watch]:
    """``await watch(asterisk)``: the states of its trunks."""
    made: list[Any] = []

    async def make(asterisk: ParleyAsterisk) -> TrunkStates:
        settings = AmiSettings(
            "127.0.0.1", asterisk.manager_port, asterisk.manager_user, asterisk.manager_secret
        )
        ami = AmiClient(settings)
        states = TrunkStates(
            ami, asterisk.settings.trunks, SystemClock(), qualify_seconds=0, every=0.5
        )
        states.start()
        made.extend((ami, states))
        await ami.start()
        return states

    yield make
    for one in made:
        await one.close()


async def _code(states: TrunkStates) -> str | None:
    try:
        await trunk_checks(states)[f"trunk:{NAME}"]()
    except ParleyError as error:
        return error.code
    return None


async def _wait_code(states: TrunkStates, code: str | None, seconds: float = 30) -> None:
    async def look() -> bool:
        return await _code(states) == code

    await eventually(look, f"health says {code} of the trunk", seconds=seconds)


async def test_a_carrier_that_takes_us_goes_and_comes_back(
    parley_asterisk: ParleyAsteriskFactory, watch: Watch
) -> None:
    carrier = await parley_asterisk({"agents.us": f"{{extension: {ACCOUNT}}}"})
    ours = await _ours(parley_asterisk, carrier, carrier.phone_password(ACCOUNT))
    states = await watch(ours)
    told: list[Event] = []
    tell_changes(states, told.append, SystemClock())
    assert states[NAME].usable, "what is not known is tried"
    assert await _code(states) == "trunk_unknown"
    await until(lambda: states[NAME].registration is Registration.REGISTERED, 40, "registered")
    await _wait_code(states, None)
    assert states[NAME].reach is Reach.REACHABLE
    assert trunk_registered.labels(NAME)._value.get() == 1
    assert trunk_reachable.labels(NAME)._value.get() == 1
    assert told == []
    await carrier.instance.kill()
    await _wait_code(states, "trunk_unreachable")
    assert not states[NAME].usable
    assert trunk_reachable.labels(NAME)._value.get() == 0
    await carrier.instance.start()
    await _wait_code(states, None)
    assert [event.type for event in told] == ["trunk.failed", "trunk.recovered"]
    assert told[0].data["trunk"] == NAME
    await ours.instance.kill()
    await until(lambda: not states[NAME].known, 20, "nothing is known without Asterisk")
    assert states[NAME].usable


async def test_a_carrier_that_refuses_us(
    parley_asterisk: ParleyAsteriskFactory, watch: Watch
) -> None:
    carrier = await parley_asterisk({"agents.us": f"{{extension: {ACCOUNT}}}"})
    ours = await _ours(parley_asterisk, carrier, "wrong-password-of-ours")
    states = await watch(ours)
    await _wait_code(states, "trunk_registration_rejected")
    assert not states[NAME].usable
    assert trunk_registered.labels(NAME)._value.get() == 0
    shown = await ours.instance.rx("pjsip show registrations")
    assert "Rejected" in shown
    assert "exp. 0s" not in shown.replace("  ", " "), "it is tried again"


async def test_what_is_not_watched_is_not_complained_of(
    parley_asterisk: ParleyAsteriskFactory, watch: Watch
) -> None:
    ours = await parley_asterisk({"sip.qualify_seconds": "0"})
    states = await watch(ours)
    assert states.watched == []
    assert all(state.usable and state.known for state in states.values())
    with suppress(TimeoutError):
        await asyncio.wait_for(states.refresh(), 5)
