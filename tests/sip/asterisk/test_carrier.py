"""Calls out, and registration with a carrier; the carrier is a second Asterisk of ours."""

from __future__ import annotations

from sip.asterisk.generate import dialplan
from tests.sip.asterisk.test_calls import Visits, until
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.raw_sip import RawSip

ACCOUNT = "7001"  # our account at the carrier: there, a phone


async def customer_of(
    parley_asterisk: ParleyAsteriskFactory, carrier: ParleyAsterisk, *, password: str
) -> ParleyAsterisk:
    """An installation whose trunk 'telco' is an account at ``carrier``."""
    telco = (
        f"{{carrier: {{host: 127.0.0.1, port: {carrier.sip_port}, username: '{ACCOUNT}', "
        "secret: telco-login, realm: parley, register_expiry_seconds: 60}}"
    )
    overrides = {
        "trunks.telco": telco,
        f"numbers.{ACCOUNT}": "{flow: main, trunk: telco}",
        "routes.local": "{pattern: 8XXXX, trunk: telco, strip: 1}",
    }
    ours = await parley_asterisk(overrides, environ={"PARLEY_SECRET_TELCO_LOGIN": password})
    # By itself Asterisk waits up to 10 s with the first registration; this can come
    # too early to be heard.
    await ours.instance.rx("pjsip send register telco-registration")
    return ours


async def test_register_call_out_and_be_called(parley_asterisk: ParleyAsteriskFactory) -> None:
    carrier = await parley_asterisk({"agents.us": f"{{extension: {ACCOUNT}}}"})
    ours = await customer_of(parley_asterisk, carrier, password=carrier.phone_password(ACCOUNT))

    async def registered() -> bool:
        return "Registered" in await ours.instance.rx("pjsip show registrations")

    await until(registered)

    # An agent dials 8 4001: the 8 goes, the rest arrives at the carrier, logged in as us.
    there, allowed = Visits(cause=21), Visits("out", PARLEY_OUT_1="telco:4001::60:100")
    async with there.at(carrier), allowed.at(ours), RawSip.to(ours.sip_port) as agent:
        login = ("6001", ours.phone_password("6001"))
        answer = await agent.request("INVITE", "84001", from_user="6001", login=login, seconds=40)
        _, channel, variables = await there.visit()
    assert answer.status == 403, "the carrier's refusal reaches the agent"
    assert channel.startswith(f"PJSIP/{ACCOUNT}-")
    assert variables["PARLEY_NUMBER"] == "4001"

    # The carrier calls our account: it comes in through the trunk, by our own token.
    # Which number it means is the app's to find out.
    here = Visits()
    async with here.at(ours), RawSip.to(carrier.sip_port) as somebody:
        login = ("6002", carrier.phone_password("6002"))
        answer = await somebody.request("INVITE", ACCOUNT, login=login, seconds=40)
        path, _, variables = await here.visit()
    assert (path, variables) == (
        "unknown", {"PARLEY_TRUNK": "telco", "PARLEY_NUMBER": ACCOUNT},
    )  # fmt: skip
    assert answer.status == 404

    # Whoever guesses the number but not the token stays outside.
    async with RawSip.to(ours.sip_port) as stranger:
        assert (await stranger.request("INVITE", ACCOUNT)).status == 401
    assert ours.complaints == []
    assert "7001" not in (await ours.instance.rx(f"dialplan show {dialplan.OUTBOUND}"))


async def test_a_wrong_carrier_password(parley_asterisk: ParleyAsteriskFactory) -> None:
    carrier = await parley_asterisk({"agents.us": f"{{extension: {ACCOUNT}}}"})
    ours = await customer_of(parley_asterisk, carrier, password="wrong")

    async def refused() -> bool:
        return "Rejected" in await ours.instance.rx("pjsip show registrations")

    await until(refused)
    allowed = Visits("out", PARLEY_OUT_1="telco:4001::60:100")
    async with allowed.at(ours), RawSip.to(ours.sip_port) as agent:
        login = ("6001", ours.phone_password("6001"))
        answer = await agent.request("INVITE", "84001", from_user="6001", login=login, seconds=40)
        await allowed.visit()
    assert answer.status >= 400
