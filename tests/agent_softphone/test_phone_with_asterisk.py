"""Phones on a real Asterisk: registration, calls through it, digits, hold."""

from __future__ import annotations

import asyncio

import pytest

from agent_softphone.remote import Call, CallEnded, Phone, RegistrationFailed
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest
from tests.support.phones import PhoneFactory
from tests.support.wait import eventually

_DIALPLAN = """
[agents]
exten => 100,1,Answer(,i)
 same => n,Echo()
exten => 110,1,Answer(,i)
 same => n,Read(DIGITS,,3,,1,10)
 same => n,SendDTMF(${DIGITS})
 same => n,Wait(10)
exten => _600X,1,Dial(PJSIP/${EXTEN})
 same => n,Hangup(${HANGUPCAUSE})
exten => 120,1,Hangup(21)
[trunk]
exten => 95588,1,Dial(PJSIP/6001)
"""


def _endpoint(name: str, context: str) -> str:
    return (
        f"[{name}]\ntype=endpoint\ncontext={context}\ndisallow=all\nallow=alaw,ulaw\n"
        f"direct_media=no\nrtp_symmetric=yes\nforce_rport=yes\nrewrite_contact=yes\n"
        f"auth={name}\naors={name}\ndtmf_mode=auto\n"
        f"[{name}]\ntype=auth\nauth_type=userpass\nusername={name}\npassword=pw-{name}\n"
        f"[{name}]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n"
    )


def _files(asterisk: AsteriskUnderTest) -> dict[str, str]:
    bind = f"bind=127.0.0.1:{asterisk.sip_port}\n"
    trunk = _endpoint("carrier", "trunk").replace(
        "type=endpoint\n", "type=endpoint\nidentify_by=auth_username\n", 1
    )
    return {
        "extensions.conf": _DIALPLAN,
        "pjsip.conf": "[global]\ntype=global\nendpoint_identifier_order=username,auth_username\n"
        f"[udp]\ntype=transport\nprotocol=udp\n{bind}"
        f"[tcp]\ntype=transport\nprotocol=tcp\n{bind}"
        + _endpoint("6001", "agents")
        + _endpoint("6002", "agents")
        + trunk,
    }


@pytest.fixture
async def server(asterisk_factory: AsteriskFactory) -> AsteriskUnderTest:
    return await asterisk_factory(_files)


async def registered(
    phones: PhoneFactory, server: AsteriskUnderTest, user: str, transport: str = "udp"
) -> Phone:
    phone = await phones()
    await phone.register(user, f"pw-{user}", port=server.sip_port, transport=transport)
    return phone


async def contacts(server: AsteriskUnderTest, user: str) -> bool:
    return f"sip:{user}@" in await server.instance.rx("pjsip show contacts")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_register_and_unregister(
    server: AsteriskUnderTest, phones: PhoneFactory, transport: str
) -> None:
    phone = await registered(phones, server, "6001", transport)
    assert await contacts(server, "6001")
    account = next(iter(phone.accounts.values()))
    await account.unregister()
    assert not await contacts(server, "6001")
    await account.register()
    assert await contacts(server, "6001")
    await phone.close()
    assert not await contacts(server, "6001")


async def test_a_wrong_password_and_an_absent_registrar(
    server: AsteriskUnderTest, phones: PhoneFactory, port_block: object
) -> None:
    phone = await phones()
    with pytest.raises(RegistrationFailed, match="password") as refused:
        await phone.register("6001", "guess", port=server.sip_port)
    assert refused.value.sip_code in (401, 403)
    await server.stop()
    with pytest.raises(RegistrationFailed) as absent:
        await phone.register("6002", "pw-6002", port=server.sip_port, transport="tcp")
    assert absent.value.sip_code in (502, 503)


async def test_what_is_said_comes_back_as_echo(
    server: AsteriskUnderTest, phones: PhoneFactory
) -> None:
    phone = await registered(phones, server, "6001")
    call = await phone.call("100")
    await call.tone(440)  # from the first frame on
    heard = await call.hear_tone(440, 15)
    assert 0 < heard - call.at["confirmed"] < 5.0

    async def as_loud() -> bool:
        """On a busy machine a frame now and then is missing from what is measured."""
        return bool((await call.levels())["tones"].get("440") == pytest.approx(-16, abs=2))

    await eventually(as_loud, "an echo as loud as what was said")


async def test_two_phones_talk_through_it(server: AsteriskUnderTest, phones: PhoneFactory) -> None:
    caller, called = await asyncio.gather(
        registered(phones, server, "6001"), registered(phones, server, "6002")
    )
    out = await caller.call("6002")
    into = await called.next_incoming()
    assert into.from_user == "6001"
    await into.answer()
    await asyncio.gather(out.wait_media(), into.wait_media())
    await asyncio.gather(out.tone(440), into.tone(880))
    await asyncio.gather(into.hear_tone(440), out.hear_tone(880))

    await into.hold()
    await out.miss_tone(880)
    await into.wait_media("local_hold")
    await into.unhold()
    await asyncio.gather(into.hear_tone(440), out.hear_tone(880))

    await into.hangup()
    ended = await out.wait_state("disconnected")
    assert out.ended_by == "remote"
    assert "cause=16" in ended["headers"]["reason"]


async def test_a_busy_phone_and_a_cause(server: AsteriskUnderTest, phones: PhoneFactory) -> None:
    caller, called = await asyncio.gather(
        registered(phones, server, "6001"), registered(phones, server, "6002")
    )
    out = await caller.call("6002")
    await (await called.next_incoming()).reject(486)
    with pytest.raises(CallEnded) as busy:
        await out.wait_state("confirmed")
    assert busy.value.sip_code == 486
    refused: Call = await caller.call("120")
    with pytest.raises(CallEnded) as rejected:
        await refused.wait_state("confirmed")
    assert rejected.value.sip_code == 403


@pytest.mark.parametrize("method", ["rfc4733", "info"])
async def test_digits_there_and_back(
    server: AsteriskUnderTest, phones: PhoneFactory, method: str
) -> None:
    phone = await registered(phones, server, "6001")
    call = await phone.call("110")
    await call.wait_media()
    await call.dtmf("47*", method=method)
    await call.wait_digits("47*")


async def test_a_carrier_shows_its_callers_number(
    server: AsteriskUnderTest, phones: PhoneFactory
) -> None:
    agent = await registered(phones, server, "6001")
    carrier = await phones()
    await carrier.account("carrier", "pw-carrier", port=server.sip_port)
    out = await carrier.call("95588", from_user="13800001111", from_name="张三")
    into = await agent.next_incoming()
    assert (into.from_user, into.from_name) == ("13800001111", "张三")
    await into.answer()
    await out.wait_state("confirmed")


async def test_it_registers_again_after_the_server_came_back(
    server: AsteriskUnderTest, phones: PhoneFactory
) -> None:
    phone = await phones()
    account = await phone.register(
        "6001", "pw-6001", port=server.sip_port, transport="tcp", expires=5, retry=1
    )
    await server.stop()
    await account.history.until(
        lambda: {} if account.state == "failed" else None, 20, "the loss of the registrar"
    )
    await server.instance.start()
    await account.history.until(
        lambda: {} if account.state == "registered" else None, 20, "the next registration"
    )
    assert await contacts(server, "6001")
