"""Actions, lists, events and calls against a real Asterisk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core import ids
from core.errors import BadInput
from sip.ami import (
    AmiClient,
    AmiEvent,
    AmiFull,
    AmiRefused,
    AmiResponse,
    Originate,
    caller_id,
)
from sip.ami.encoding import MAX_LINE
from tests.sip.ami.calls import local
from tests.support.ami import AmiConnect, Heard, until
from tests.support.asterisk import AsteriskUnderTest


async def test_action_and_response(client: AmiClient) -> None:
    response = await client.action("Ping")
    assert response["ping"] == "Pong"
    assert response.get("absent", "-") == "-"
    with pytest.raises(KeyError):
        response["absent"]


async def test_command_output(client: AmiClient) -> None:
    response = await client.action("Command", {"Command": "core show uptime"})
    assert any("System uptime" in line for line in response.output)


async def test_refused_with_asterisks_words(client: AmiClient) -> None:
    with pytest.raises(AmiRefused, match="No such channel") as refused:
        await client.action("Hangup", {"Channel": "PJSIP/nobody-1"})
    assert refused.value.action == "Hangup"


async def test_unknown_action_is_refused(client: AmiClient) -> None:
    with pytest.raises(AmiRefused, match="Invalid/unknown command"):
        await client.action("NoSuchThing")


async def test_lists(client: AmiClient) -> None:
    assert await client.query("CoreShowChannels") == []
    assert await client.query("PJSIPShowContacts") == []  # Asterisk: 'No Contacts found'
    heard = Heard(client)
    call = local("wait")
    await client.originate(call)
    await heard.until("OriginateResponse")
    channels = await client.query("CoreShowChannels")
    assert {c["Uniqueid"] for c in channels} == {call.channel_id, f"{call.channel_id};2"}
    assert all(c.name == "CoreShowChannel" for c in channels)
    assert not heard.named("CoreShowChannel")  # answers are not events
    with pytest.raises(AmiRefused):
        await client.query("NoSuchList")


async def test_action_without_a_list_asked_as_one(client: AmiClient) -> None:
    assert await client.query("Ping") == []


async def test_originate_outcome_comes_by_events(client: AmiClient) -> None:
    heard = Heard(client, "OriginateResponse", "Hangup")
    answered, busy = local("wait"), local("busy")
    await asyncio.gather(client.originate(answered), client.originate(busy))
    response = await heard.until("OriginateResponse", lambda e: e["Reason"] == "4")
    assert response["Uniqueid"] == answered.channel_id
    hangup = await heard.until("Hangup", lambda e: e["Uniqueid"] == busy.channel_id)
    assert hangup["Cause"] == "17"


async def test_a_channel_id_in_use_is_not_used_twice(client: AmiClient) -> None:
    heard = Heard(client, "OriginateResponse")
    channel_id = ids.new_id(ids.CHANNEL)
    await client.originate(local("wait", channel_id=channel_id))
    await heard.until("OriginateResponse", lambda e: e["Reason"] == "4")
    await client.originate(local("wait", channel_id=channel_id))
    await heard.until("OriginateResponse", lambda e: e["Response"] == "Failure")
    assert len(await client.query("CoreShowChannels")) == 2


def test_originate_to_nowhere_or_two_places() -> None:
    with pytest.raises(BadInput):
        Originate(channel="Local/1@t", channel_id="x")
    with pytest.raises(BadInput):
        Originate(channel="Local/1@t", channel_id="x", context="t", application="Wait")


VALUES = {
    "PLAIN": "plain",
    "COMMA": "a,b,c",
    "PAIR": "x=1,EVIL=2",
    "QUOTE": "\"q\" and 's'",
    "SLASH": "back\\slash \\n end",
    "OPEN": "( [ {",
    "CLOSE": ") ] }",
    "SIGNS": "$ % & ; | # @ ! ^ ~ ` < >",
    "EXPRESSION": "${EXTEN} $[1+1]",
    "CHINESE": "您好，世界",
    "EMPTY": "",
    "NUMBER": "42",
}


async def test_variables_arrive_as_given(client: AmiClient) -> None:
    heard = Heard(client, "OriginateResponse")
    call = local("wait", variables=VALUES)
    await client.originate(call)
    channel = (await heard.until("OriginateResponse"))["Channel"]
    for name, value in VALUES.items():
        response = await client.action("Getvar", {"Channel": channel, "Variable": name})
        assert response.get("Value") == value, name
    response = await client.action("Getvar", {"Channel": channel, "Variable": "EVIL"})
    assert response.get("Value") == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ann", "Ann"), ('A "B" \\ C', 'A "B" \\ C'), ("<1> ,x", "<1> ,x"), ("a\r\nb", "a b"),
     ("王小明", "王小明"), ("", "")],
)  # fmt: skip
async def test_caller_id_as_given(client: AmiClient, name: str, shown: str) -> None:
    heard = Heard(client, "Newchannel", "OriginateResponse")
    await client.originate(local("wait", caller_id=caller_id(name, "+86 (10) 12;x=y")))
    channel = (await heard.until("OriginateResponse"))["Channel"]
    for variable, value in (("CALLERID(name)", shown), ("CALLERID(num)", "+861012xy")):
        response = await client.action("Getvar", {"Channel": channel, "Variable": variable})
        assert response.get("Value") == value


async def test_the_longest_line_that_asterisk_takes(client: AmiClient) -> None:
    room = MAX_LINE - len("Value: ")
    await client.action("Setvar", {"Variable": "LONG", "Value": "x" * room})
    response = await client.action("Getvar", {"Variable": "LONG"})
    assert response["Value"] == "x" * room


async def test_text_that_two_reads_share(client: AmiClient) -> None:
    """Long enough in three-byte characters that reads must end within one."""
    text = "语" * 300
    fields = {"UserEvent": "Utf8"} | {f"T{n}": text for n in range(60)}
    heard = Heard(client, "UserEvent")
    await asyncio.gather(*(client.action("UserEvent", fields) for _ in range(40)))
    await until(lambda: len(heard.events) == 40)
    assert all(event[f"T{n}"] == text for event in heard.events for n in range(60))


async def test_two_thousand_at_once(server: AsteriskUnderTest, ami_connect: AmiConnect) -> None:
    """Each gets its own answer, however long all of them take on a busy machine."""

    client = await ami_connect(server, max_pending=2010)  # the client pings as well

    async def ask(name: str, **fields: str) -> AmiResponse:
        return await client.action(name, fields, timeout=60)

    names = [f"v{n}" for n in range(1000)]
    await asyncio.gather(*(ask("Setvar", Variable=n, Value=f"={n}") for n in names))
    answers = await asyncio.gather(
        *(ask("Getvar", Variable=n) for n in names), *(ask("Ping") for _ in names)
    )
    assert [a.get("Value") for a in answers[:1000]] == [f"={n}" for n in names]
    assert all(a["Ping"] == "Pong" for a in answers[1000:])


async def test_full(server: AsteriskUnderTest, ami_connect: AmiConnect) -> None:
    client = await ami_connect(server, max_pending=10)
    results = await asyncio.gather(
        *(client.action("Ping") for _ in range(30)), return_exceptions=True
    )
    assert sum(isinstance(r, AmiFull) for r in results) == 20
    assert (await client.action("Ping"))["Ping"] == "Pong"


async def test_only_listened_events_are_delivered_and_in_order(client: AmiClient) -> None:
    heard = Heard(client, "UserEvent")
    for n in range(200):
        await client.action("UserEvent", {"UserEvent": "Count", "N": n})
    await until(lambda: len(heard.events) == 200)
    assert [e["N"] for e in heard.events] == [str(n) for n in range(200)]


async def test_a_listener_taken_off_hears_no_more(client: AmiClient) -> None:
    heard: list[AmiEvent] = []
    remove = client.on("UserEvent", heard.append)
    last = Heard(client, "UserEvent")
    await client.action("UserEvent", {"UserEvent": "One"})
    await last.until("UserEvent")
    remove()
    remove()
    await client.action("UserEvent", {"UserEvent": "Two"})
    await last.until("UserEvent", lambda e: e["UserEvent"] == "Two")
    assert [e["UserEvent"] for e in heard] == ["One"]


async def test_an_action_id_of_the_dialplan_is_just_a_header(client: AmiClient) -> None:
    heard = Heard(client, "UserEvent")
    await client.originate(local("own-id"))
    assert (await heard.until("UserEvent"))["ActionID"] == "mine"


async def test_an_event_filter_leaves_answers_alone(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    manager: Path = server.etc / "manager.conf"
    manager.write_text(manager.read_text() + "eventfilter=Event: UserEvent\n")
    await server.instance.rx("module reload manager")
    client = await ami_connect(server)
    heard = Heard(client)
    await client.originate(local("said"))
    await heard.until("UserEvent")
    assert len(await client.query("CoreShowChannels")) == 2
    assert {e.name for e in heard.events} == {"UserEvent"}
