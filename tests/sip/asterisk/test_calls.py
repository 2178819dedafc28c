"""Calls through the generated dialplan, with a FastAGI server of the test's own."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from core import ids
from sip.agi import AgiServer, AgiSession, verbs
from sip.ami import AmiClient, AmiEvent, AmiRefused, AmiSettings, Originate
from sip.asterisk.generate import dialplan
from sip.asterisk.generate.cel_conf import FIELDS
from sip.asterisk.generate.manager_conf import EVENTS, SECURITY
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.phones import PhoneFactory
from tests.support.raw_sip import Answer, RawSip

VARIABLES = ("PARLEY_TRUNK", "PARLEY_NUMBER")


class Visits:
    """The app's side: notes who came, and says what is next."""

    def __init__(self, next_: str = "hangup", cause: int = 21, **variables: str) -> None:
        self.next = next_
        self.cause = cause
        self.variables = variables
        self.seen: asyncio.Queue[tuple[str, str, dict[str, str | None]]] = asyncio.Queue()

    async def serve(self, session: AgiSession) -> None:
        found = {name: await verbs.get_variable(session, name) for name in VARIABLES}
        await verbs.set_variable(session, "PARLEY_NEXT", self.next)
        await verbs.set_variable(session, "PARLEY_CAUSE", self.cause)
        for name, value in self.variables.items():
            await verbs.set_variable(session, name, value)
        channel = await verbs.get_full_variable(session, "${CHANNEL}")
        self.seen.put_nowait((session.path, channel or "", found))

    async def visit(self) -> tuple[str, str, dict[str, str | None]]:
        """The next visit; TimeoutError after 30 s."""
        return await asyncio.wait_for(self.seen.get(), 30)

    @asynccontextmanager
    async def at(self, asterisk: ParleyAsterisk) -> AsyncIterator[None]:
        place = asterisk.settings.server.fastagi
        routes = dict.fromkeys(("entrance", "announce", "unknown", "dial"), self.serve)
        server = AgiServer(place.host, place.port, routes, secret=asterisk.agi_secret)
        await server.start()
        try:
            yield
        finally:
            await server.close()


async def until(look: Callable[[], Awaitable[bool]], *, seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not await look():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def manager(asterisk: ParleyAsterisk) -> AsyncIterator[AmiClient]:
    settings = AmiSettings(
        "127.0.0.1", asterisk.manager_port, asterisk.manager_user, asterisk.manager_secret
    )
    client = AmiClient(settings)
    await client.start()
    try:
        await client.wait_up(40)
        yield client
    finally:
        await client.close()


async def call(asterisk: ParleyAsterisk, number: str, trunk: str = "demo-carrier") -> Answer:
    login = (trunk, asterisk.trunk_password(trunk))
    async with RawSip.to(asterisk.sip_port) as peer:
        return await peer.request("INVITE", number, login=login, seconds=20)


async def test_one_of_our_numbers_reaches_the_entrance(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    visits = Visits(cause=21)
    async with visits.at(asterisk):
        answer = await call(asterisk, "4001")
        path, _, variables = await visits.visit()
    assert path == "entrance"
    assert variables == {"PARLEY_TRUNK": "demo-carrier", "PARLEY_NUMBER": "4001"}
    assert answer.status == 403, "cause 21, call rejected"


async def test_other_digits_are_told_to_the_app_and_refused(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    visits = Visits()
    async with visits.at(asterisk):
        for number in ("5", "4003", "901381234567", "%2B8613800000000"):
            answer = await call(asterisk, number)
            path, _, variables = await visits.visit()
            assert path == "unknown"
            assert variables["PARLEY_NUMBER"] == number.replace("%2B", "+")
            assert answer.status == 404


async def test_a_number_of_one_trunk_is_unknown_on_another(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk({"numbers.4002.trunk": "branch-pbx"})
    visits = Visits()
    async with visits.at(asterisk):
        await call(asterisk, "4002")
        assert (await visits.visit())[0] == "unknown"


async def test_a_trunk_known_by_address_alone(parley_asterisk: ParleyAsteriskFactory) -> None:
    asterisk = await parley_asterisk({"trunks.branch-pbx.hosts": "[127.0.0.1]"})
    visits = Visits()
    async with visits.at(asterisk), RawSip.to(asterisk.sip_port) as peer:
        answer = await peer.request("INVITE", "4001", from_user="6001")
        assert (await visits.visit())[2]["PARLEY_TRUNK"] == "branch-pbx"
        assert answer.status == 403
        # A phone behind the same address still logs in as itself.
        login = ("6001", asterisk.phone_password("6001"))
        assert (await peer.request("INVITE", "4001", login=login)).status in (401, 403, 404)


async def test_the_right_password_from_the_wrong_address(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk({"trunks.demo-carrier.hosts": "[192.0.2.1]"})
    visits = Visits()
    async with visits.at(asterisk):
        answer = await call(asterisk, "4001")
    assert answer.status in (401, 403)
    assert visits.seen.empty()
    asterisk = await parley_asterisk({"trunks.demo-carrier.hosts": "[127.0.0.0/8]"})
    async with visits.at(asterisk):
        await call(asterisk, "4001")
        await visits.visit()


async def test_more_calls_than_the_trunk_may_have(parley_asterisk: ParleyAsteriskFactory) -> None:
    asterisk = await parley_asterisk({"trunks.demo-carrier.max_calls": "1"})
    release = asyncio.Event()

    async def serve(session: AgiSession) -> None:
        arrived.set()
        await release.wait()
        await verbs.set_variable(session, "PARLEY_NEXT", "hangup")
        await verbs.set_variable(session, "PARLEY_CAUSE", 17)

    arrived = asyncio.Event()
    place = asterisk.settings.server.fastagi
    server = AgiServer(place.host, place.port, {"entrance": serve}, secret=asterisk.agi_secret)
    await server.start()
    try:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(call(asterisk, "4001"))
            await asyncio.wait_for(arrived.wait(), 10)
            assert (await call(asterisk, "4002")).status == 503
            release.set()
        assert first.result().status == 486, "the first one is not disturbed"
        assert (await call(asterisk, "4001")).status == 486, "and its place is free again"
    finally:
        await server.close()


async def test_a_caller_waits_with_music_while_the_app_is_away(
    parley_asterisk: ParleyAsteriskFactory, phones: PhoneFactory
) -> None:
    asterisk = await parley_asterisk()
    caller = await phones()
    account = await caller.account(
        "demo-carrier", asterisk.trunk_password("demo-carrier"), port=asterisk.sip_port
    )
    called = await caller.call("4001", account=account)
    await called.wait_state("confirmed")
    await called.hear_sound()
    visits = Visits("queue")
    async with visits.at(asterisk):
        assert (await visits.visit())[0] == "entrance", "it is asked again when it is back"
        shown = await asterisk.instance.rx("core show channels concise")
        await until(lambda: _in_context(asterisk, dialplan.QUEUE))
    assert dialplan.ENTRANCE in shown or dialplan.QUEUE in shown
    await called.hangup()
    assert all("res_agi.c" in line for line in asterisk.complaints), "only that the app is away"


async def _in_context(asterisk: ParleyAsterisk, context: str) -> bool:
    shown = await asterisk.instance.rx("core show channels concise")
    return f"!{context}!" in shown


AFTER = """
[parley-after-custom]
exten => s,1,UserEvent(Survey,Contact: ${PARLEY_CONTACT})
 same => n,Hangup(16)
"""


async def test_queue_bridge_and_what_comes_after(
    parley_asterisk: ParleyAsteriskFactory, phones: PhoneFactory
) -> None:
    asterisk = await parley_asterisk(
        {"numbers.4001.flow": "main"}, custom={"extensions-custom.conf": AFTER}
    )
    caller, agent = await phones(), await phones()
    carrier = await caller.account(
        "demo-carrier", asterisk.trunk_password("demo-carrier"), port=asterisk.sip_port
    )
    await agent.register("6001", asterisk.phone_password("6001"), port=asterisk.sip_port)
    visits = Visits("queue")
    heard: list[AmiEvent] = []
    async with visits.at(asterisk), manager(asterisk) as ami:
        ami.on("*", heard.append)
        call = await caller.call("4001", account=carrier)
        _, channel, _ = await visits.visit()
        await call.wait_state("confirmed")
        await call.hear_sound()
        await ami.action(
            "Setvar", {"Channel": channel, "Variable": "PARLEY_CONTACT", "Value": "con_1"}
        )
        leg = ids.new_id(ids.CHANNEL)
        await ami.originate(Originate(channel="PJSIP/6001", channel_id=leg, context=dialplan.AGENT))
        ringing = await agent.next_incoming(timeout=10)
        await ringing.answer()
        await ringing.wait_state("confirmed")
        agents = [e["Channel"] for e in heard if e.name == "Newchannel" and e["Uniqueid"] == leg]
        await ami.action("Setvar", {"Channel": channel, "Variable": "PARLEY_BRIDGED", "Value": "1"})
        await ami.action("Bridge", {"Channel1": channel, "Channel2": agents[0], "Tone": "no"})
        await call.tone(660)
        await ringing.hear_tone(660)
        await ringing.tone(880)
        await call.hear_tone(880)
        shown = await ami.query("CoreShowChannels")
        assert len(shown) == 2, "the event filter does not touch the answers to queries"
        before = time.time()
        await ringing.hangup()
        await call.wait_state("disconnected")
        await until(_heard(heard, lambda e: e.name == "Hangup" and e["Channel"] == channel))
    survey = [e for e in heard if e.name == "UserEvent" and e["UserEvent"] == "Survey"]
    assert [e["Contact"] for e in survey] == ["con_1"]
    wanted = {*EVENTS, *SECURITY, "CoreShowChannel", "CoreShowChannelsComplete"}
    assert {e.name for e in heard} <= wanted
    assert {"Newchannel", "Hangup", "BridgeEnter", "BridgeLeave", "Newstate"} <= {
        e.name for e in heard
    }
    assert not [e for e in heard if e.name in ("VarSet", "RTCPSent", "Newexten")]
    _check_cel(asterisk, channel, before)
    assert asterisk.complaints == []


def _heard(
    events: list[AmiEvent], wanted: Callable[[AmiEvent], bool]
) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return any(wanted(event) for event in events)

    return look


def _check_cel(asterisk: ParleyAsterisk, channel: str, before: float) -> None:
    """The channel's end is on disk for whoever was down meanwhile."""
    rows = list(csv.reader(asterisk.layout.cel_file.read_text().splitlines()))
    found = [dict(zip(FIELDS, row, strict=True)) for row in rows]
    ends = [row for row in found if row["channel"] == channel and row["event"] == "HANGUP"]
    assert len(ends) == 1
    assert json.loads(ends[0]["extra"])["hangupcause"] == 16
    assert before - 0.1 <= float(ends[0]["time"]) <= time.time()


async def test_the_manager_user_may_not_do_everything(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    """The console and the configuration files are not its."""
    asterisk = await parley_asterisk()
    async with manager(asterisk) as ami:
        for verb in ("Command", "UpdateConfig", "CreateConfig", "AGI"):
            with pytest.raises(AmiRefused, match="ermission denied"):
                await ami.action(verb, {"Command": "core stop now"})
