"""What goes wrong with hearing costs words at most, never a call."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from app.hearing.live_log import LiveLog
from app.hearing.taps import Taps
from core.clock import SystemClock
from core.events import Event, EventBus
from core.redis import Keys
from sip import verbs
from sip.voice.legs import Role
from tests.support.app_process import Killable
from tests.support.heard import (
    ON,
    PATIENCE,
    connected,
    final,
    heard,
    needs_speech,
    said,
    speaks,
    told,
)
from tests.support.installation import Installation
from tests.support.talk import hears_music, talking
from tests.support.wait import eventually, until

pytestmark = [needs_speech, pytest.mark.timeout(240)]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
async def test_recognition_processes_lost_in_mid_word(
    installation: Installation, sent: signal.Signals
) -> None:
    """What was said before and after is there; one that stands still is replaced, and what it
    was given is recognised after the call."""
    centre = await installation(ON)
    centre.expected_errors |= {"speech.worker_lost"}
    talk = await connected(centre)
    await told(centre, "hearing.started", 2)
    await speaks(centre, talk.caller, "customer-new-card", "customer", "arrived")
    hearing = centre.server.hearing
    assert hearing is not None
    before = set(hearing.listener.pool.pids)
    count = len(heard(centre, "turn.started", leg="customer"))
    await talk.caller.play(said("customer-lost-card"))
    await told(centre, "turn.started", count + 1, leg="customer")
    for pid in before:
        os.kill(pid, sent)
    if sent is signal.SIGKILL:
        await final(centre, "customer", "hello", "credit card", "block")  # from first to last

    def replaced() -> bool:
        return bool(hearing.listener.pool.pids) and not before & set(hearing.listener.pool.pids)

    await until(replaced, PATIENCE, "new recognition processes")
    await speaks(centre, talk.agent, "agent-one-moment", "agent", "moment")


async def test_no_connection_for_taps_leaves_the_call_alone(installation: Installation) -> None:
    centre = await installation(ON)
    assert centre.server.hearing is not None
    listening = centre.server.hearing.server._server
    assert listening is not None
    listening.close()  # Asterisk is refused from here on
    talk = await talking(centre, "alice")
    failed = await told(centre, "hearing.failed", 2)
    assert failed.data["code"] in ("tap_ended", "not_tapped")
    await talk.both_hear()
    assert not heard(centre, "hearing.started")
    await eventually_no_tap(centre.server.legs)
    await talk.caller.hangup()
    await talk.over()


async def eventually_no_tap(legs: object) -> None:
    async def look() -> bool:
        return not [leg for leg in legs if leg.role is Role.TAP]  # type: ignore[attr-defined]

    await eventually(look, "no tap left", seconds=15)


async def test_a_tap_that_is_lost_is_put_on_again(installation: Installation) -> None:
    centre = await installation(ON)
    talk = await connected(centre)
    await told(centre, "hearing.started", 2)
    customer = centre.server.legs.customer(talk.contact_id)
    hearing = centre.server.hearing
    assert customer is not None
    assert hearing is not None
    ears = hearing.ears(talk.contact_id)
    assert ears is not None
    (lost,) = [tap for tap in ears.heard if tap.target is customer]
    await verbs.hang_up(centre.server.ami, lost.own.target)
    stopped = await told(centre, "hearing.stopped")
    assert (stopped.data["leg"], stopped.data["reason"]) == ("customer", "ended")
    await told(centre, "hearing.started", 3)
    await speaks(centre, talk.caller, "customer-lost-card", "customer", "lost", "card")
    await talk.caller.hangup()
    await talk.over()
    await told(centre, "hearing.stopped", 3)


async def test_fifty_taps_asked_at_once(installation: Installation) -> None:
    centre = await installation(ON)
    assert centre.server.hearing is not None
    call = await centre.call("4000")  # nobody is there: they wait, with music
    (contact,) = await until(centre.contacts, 15, "the contact")
    customer = await until(lambda: centre.server.legs.customer(contact.id), 15, "their leg")
    await hears_music(call)
    server = centre.server.hearing.server
    taps = Taps(centre.server.ami, centre.server.legs, server)
    planned = [taps.plan(customer, side="customer", language="en") for _ in range(50)]
    await asyncio.gather(*(taps.put_on(tap) for tap in planned))
    assert all(tap.sound.connected.is_set() for tap in planned)
    await until(lambda: all(tap.sound.seconds > 0.5 for tap in planned) or None, 15, "sound")
    await hears_music(call)
    await asyncio.gather(*(taps.take_off(tap) for tap in planned))
    assert not [leg for leg in centre.server.legs if leg.role is Role.TAP]
    assert server.legs() == []
    await hears_music(call)
    await call.hangup()


async def test_the_app_is_killed_in_mid_call(killable: Killable) -> None:
    """The next one hears the same call on, on the same clock."""
    centre = await killable(ON)
    agent = await centre.agent("alice")
    call, incoming, contact_id = await centre.talk(agent)
    prefix = centre.asterisk.settings.server.redis_prefix
    log = LiveLog(centre.redis, Keys(prefix), EventBus(), SystemClock())

    async def some(type_: str, count: int, words: str = "") -> list[Event]:
        async def look() -> list[Event] | None:
            found = [
                e for e in await log.read(contact_id, count=5000)
                if e.type == type_ and words in e.data.get("text", "").lower()
            ]  # fmt: skip
            return found if len(found) >= count else None

        return await until(look, PATIENCE, f"{count} {type_} {words}")

    await some("hearing.started", 2)
    await asyncio.gather(call.tone(), incoming.tone())
    await call.play(said("customer-new-card"))
    await some("transcript.final", 1, "arrived")
    await centre.kill_app()
    await centre.start_app()
    started = await some("hearing.started", 4)
    assert len({e.data["epoch"] for e in started}) == 1
    await call.play(said("customer-lost-card"))
    (lost,) = await some("transcript.final", 1, "lost")
    assert lost.data["at"] > started[-1].data["at"] >= started[0].data["at"]
    events = await log.read(contact_id, count=5000)
    assert [e.data["n"] for e in events] == list(range(1, len(events) + 1))
    await call.hangup()
    await incoming.wait_state("disconnected")
    await centre.record(contact_id)
    await log.close()
