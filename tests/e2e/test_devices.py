"""Agents' phones that go away and come back: what becomes of the agent's state."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from acd.agent_states import AgentState
from acd.errors import DeviceUnreachable, DeviceUnregistered
from acd.model import SegmentKind
from tests.e2e.test_http_calls import signed_in
from tests.e2e.test_survives_gap import behind_a_proxy
from tests.support.app_process import Killable
from tests.support.installation import Centre, Installation
from tests.support.phones import PhoneFactory
from tests.support.raw_phone import RawPhone
from tests.support.talk import answer
from tests.support.wait import until


async def _reason(centre: Centre, agent: str, reason: str) -> None:
    async def look() -> bool:
        now = await centre.agent_state(agent)
        return now.state is AgentState.NOT_READY and now.reason == reason

    await until(look, 20, f"{agent} not ready: {reason}")


async def test_ready_without_a_phone_is_refused(
    installation: Installation, phones: PhoneFactory
) -> None:
    centre = await installation()
    router = centre.server.router
    await centre.agent("alice", ready=False, register=False)
    with pytest.raises(DeviceUnregistered):
        await router.set_ready("alice")
    with pytest.raises(DeviceUnregistered):
        await router.log_in("bob", ready=True)
    async with signed_in(centre, "alice") as alice:
        refused = await alice.refused("POST", "/api/agents/me/ready")
        assert refused == "device_unregistered"
        me = await alice.ask("GET", "/api/agents/me")
        assert (me["device"]["state"], me["device"]["phones"]) == ("unregistered", [])
        real = await phones()
        password = centre.asterisk.phone_password("6001")
        await real.register("6001", password, port=centre.asterisk.sip_port)
        await centre.server.devices.wait_for("6001", "available", seconds=15)
        assert (await alice.ask("POST", "/api/agents/me/ready"))["state"] == "ready"

        async def listed() -> dict[str, Any] | None:
            me: dict[str, Any] = await alice.ask("GET", "/api/agents/me")
            return me if me["device"]["phones"][0]["address"] else None

        me = await until(listed, 15, "the phone's address")
        (phone,) = me["device"]["phones"]
        assert me["device"]["state"] == "available"
        assert phone["address"].startswith("127.0.0.1:")
        assert phone["user_agent"] == "parley-phone"
        assert phone["expires_at"] > phone["since"] > me["since"] - 60


async def test_ready_without_a_phone_can_be_allowed(installation: Installation) -> None:
    centre = await installation({"phones.ready_without_phone": "warn"})
    await centre.agent("alice", register=False)
    assert (await centre.agent_state("alice")).state is AgentState.READY
    assert any(line["event"] == "router.ready_without_device" for line in centre.log_lines)


async def test_a_phone_that_unregisters_and_comes_back(installation: Installation) -> None:
    centre = await installation()
    alice = await centre.agent("alice")
    await alice.account.unregister()
    await _reason(centre, "alice", "device_unregistered")
    call = await centre.call("4000")
    contact = await until(lambda: centre.contacts(), 10, "a contact")
    await alice.account.register()
    talk = await answer(centre, alice, call)
    assert talk.contact_id == contact[0].id
    # During a talk it counts afterwards; whoever takes a break stays on it.
    await alice.account.unregister()

    async def next_reason() -> bool:
        return (await centre.agent_state("alice")).next_reason == "device_unregistered"

    await until(next_reason, 15, "the reason that comes next")
    await talk.both_hear()
    await call.hangup()
    await talk.over()
    await _reason(centre, "alice", "device_unregistered")
    await centre.server.router.set_not_ready("alice", "break")
    await alice.account.register()
    await centre.server.devices.wait_for("6001", "available", seconds=15)
    await alice.account.unregister()
    await centre.server.devices.wait_for("6001", "unregistered", seconds=15)
    assert (await centre.agent_state("alice")).reason == "break"
    record = await centre.record(talk.contact_id)
    rings = [(s.agent_id, s.outcome) for s in record.segments if s.kind == SegmentKind.RING]
    assert rings == [("alice", "answered")]  # nobody was rung while the phone was away


async def test_a_phone_that_asterisk_has_forgotten(installation: Installation) -> None:
    """It tells nobody so (its disk was full when it wrote the registration): that the phone
    cannot be rung says it, and its agent is back when it registers anew."""
    centre = await installation()
    bob = await centre.agent("bob")
    await centre.asterisk.instance.rx("database deltree registrar/contact")
    call = await centre.call("4000")
    await _reason(centre, "bob", "device_unregistered")

    async def rings() -> bool:
        await bob.account.register()
        return (await centre.agent_state("bob")).state is AgentState.OFFERED

    await until(rings, 15, "bob's phone rings again")
    talk = await answer(centre, bob, call)
    await talk.both_hear()
    await call.hangup()
    await talk.over()


async def test_a_phone_that_is_lost_while_it_rings(installation: Installation) -> None:
    """The next agent is rung at once, not after the time to ring."""
    centre = await installation({"queues.support.ring_seconds": "60"})
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    ringing = await alice.phone.next_incoming()
    bob = await centre.agent("bob")
    await alice.account.unregister()
    await _reason(centre, "alice", "device_unregistered")
    await ringing.wait_state("disconnected")
    talk = await answer(centre, bob, call)
    await call.hangup()
    await talk.over()


async def test_a_phone_that_does_not_respond_and_comes_back(installation: Installation) -> None:
    centre = await installation({"sip.qualify_seconds": "1"})
    centre.expected_errors.add("trunk.changed")  # nobody is at the carrier's
    alice = await centre.agent("alice")
    os.kill(alice.phone.pid, signal.SIGSTOP)
    try:
        await _reason(centre, "alice", "device_unreachable")
        with pytest.raises(DeviceUnreachable):
            await centre.server.router.set_ready("alice")
    finally:
        os.kill(alice.phone.pid, signal.SIGCONT)
    await centre.wait_agent("alice", AgentState.READY, 20)


async def test_a_fixed_desk_phone_is_asked(installation: Installation) -> None:
    """It never registers: OPTIONS tell whether it is there."""
    async with RawPhone.at(0, "6001", "") as phone:
        centre = await installation(
            {
                "sip.qualify_seconds": "1",
                "agents.alice.phone": f"sip:6001@127.0.0.1:{phone.port}",
            }
        )
        centre.expected_errors.add("trunk.changed")  # nobody is at the carrier's
        phone.server_port = centre.asterisk.sip_port
        await centre.server.devices.wait_for("6001", "available", seconds=15)
        await centre.server.router.log_in("alice", ready=True)
        assert (await centre.agent_state("alice")).state is AgentState.READY
        phone.alive = False
        await _reason(centre, "alice", "device_unreachable")
        phone.alive = True
        await centre.wait_agent("alice", AgentState.READY, 20)
        await centre.server.router.log_out("alice")


async def test_what_was_missed_is_learnt_after_the_gap(killable: Killable) -> None:
    async with behind_a_proxy(killable) as (centre, proxy):
        alice = await centre.agent("alice")
        bob = await centre.agent("bob")
        await bob.account.unregister()
        await centre.wait_agent("bob", AgentState.NOT_READY)
        await proxy.cut()
        await alice.account.unregister()
        await bob.account.register()
        await proxy.mend()
        agent = await centre.wait_agent("alice", AgentState.NOT_READY)
        assert agent.reason == "device_unregistered"
        await centre.wait_agent("bob", AgentState.READY)


@pytest.mark.parametrize("several", ["newest", "refuse_second"])
async def test_a_second_phone_of_an_extension(installation: Installation, several: str) -> None:
    centre = await installation({"phones.several": several})
    password = centre.asterisk.phone_password("6001")
    first = await centre.agent("alice")
    async with RawPhone.at(centre.asterisk.sip_port, "6001", password) as second:
        taken = several == "newest"
        assert await second.register() == (200 if taken else 403)
        call = await centre.call("4000")
        if taken:
            ringing = await second.next_call()
            await call.hangup()
            await ringing.ended.wait()
        else:
            talk = await answer(centre, first, call)
            await call.hangup()
            await talk.over()
        assert len(centre.server.devices.device("6001").phones) == 1
