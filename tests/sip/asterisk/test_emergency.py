"""Emergency numbers need nothing but Asterisk and a trunk, also where a route takes them."""

from __future__ import annotations

import re

import pytest

from sip.asterisk.generate import dialplan
from tests.support.carrier import Carrier
from tests.support.dialplan_graph import parse
from tests.support.installation import CONFIG
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.phones import PhoneFactory

SHARED = "7001"
OVERRIDES = {  # the company has the route 9X.
    "outbound.emergency": "{numbers: ['112'], prefix: '9', caller_id: '4001'}",
    "shared_phones.desk-1.extension": SHARED,
}


@pytest.mark.parametrize("dialled", ["112", "9112"])
async def test_no_route_comes_before_them(
    parley_asterisk: ParleyAsteriskFactory, dialled: str
) -> None:
    asterisk = await parley_asterisk(OVERRIDES, config=CONFIG)
    first, target = await _first_step(asterisk, dialled)
    assert (first, target) == (dialled, f"Goto({dialplan.EMERGENCY},{dialled},1)")
    # A longer number is none, and the app is asked about it.
    assert (await _first_step(asterisk, "91123"))[0].startswith("_9X")
    contexts = parse(await asterisk.instance.rx("dialplan show"))
    steps = {application for _, application, _ in contexts[dialplan.EMERGENCY].steps}
    assert "Dial" in steps
    assert not steps & {"AGI", "EAGI", "Include", "Gosub"}


async def _first_step(asterisk: ParleyAsterisk, dialled: str) -> tuple[str, str]:
    """The extension that Asterisk takes when an agent dials this, and its first step."""
    shown = await asterisk.instance.rx(f"dialplan show {dialled}@{dialplan.AGENTS}")
    found = re.search(r"^\s+'([^']+)' =>\s+1\. (.*?)\s+\[", shown, re.M)
    assert found is not None, shown
    return found[1], found[2]


@pytest.mark.parametrize("extension", ["6001", SHARED])
async def test_they_go_out_while_the_app_is_away(
    parley_asterisk: ParleyAsteriskFactory, phones: PhoneFactory, carrier: Carrier, extension: str
) -> None:
    asterisk = await parley_asterisk({**OVERRIDES, **carrier.overrides}, config=CONFIG)
    await carrier.start()
    phone = await phones()
    await phone.register(extension, asterisk.phone_password(extension), port=asterisk.sip_port)
    call = await phone.call("9112")
    outside = await carrier.phone.next_incoming(20)
    assert (outside.to_user, outside.from_user) == ("112", "4001")
    await outside.answer()
    await call.wait_state("confirmed")
    await call.hangup()
    await outside.wait_state("disconnected")
