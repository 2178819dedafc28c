"""Calls of a carrier with which we registered, in the shapes that carriers use."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ports import PortBlock
from tests.e2e.test_callers import arrived
from tests.support.installation import Centre, Installation
from tests.support.kamailio import kamailio
from tests.support.raw_carrier import TRUNK, RawCarrier
from tests.support.raw_sip import RawSip

DID = "+862162345678"


async def _centre(installation: Installation, carrier: RawCarrier) -> Centre:
    centre = await installation(
        {
            "company.numbering": "{country: CN}",
            f"numbers.{DID}": "{flow: direct, language: en, trunk: telco}",
            **carrier.overrides,
        },
        environ=carrier.environ,
    )
    centre.expected_errors.add("trunk.changed")  # while it registers anew
    await carrier.registered(centre.asterisk)
    return centre


@pytest.mark.parametrize("line", [True, False], ids=["with line", "without line"])
async def test_our_contact_is_called_and_the_number_stands_in_to(
    installation: Installation, raw_carrier: RawCarrier, line: bool
) -> None:
    carrier = raw_carrier
    centre = await _centre(installation, carrier)
    for to in (DID, "02162345678", "tel:+862162345678", f"{DID};npdi;rn=+8699;user=phone"):
        contact = await arrived(centre, carrier.call_contact(to, line=line))
        assert (contact.dialled_number, contact.attributes["trunk"]) == (DID, TRUNK)
    # In the request itself, as carriers do that know several numbers of one account.
    contact = await arrived(centre, carrier.call_number("02162345678", line=line))
    assert contact.dialled_number == DID
    # Somebody else at another address is nobody.
    async with RawSip.to(centre.asterisk.sip_port) as stranger:
        answer = await stranger.request("INVITE", DID)
    assert answer.status == 401


async def test_with_kamailio_in_between(
    installation: Installation, raw_carrier: RawCarrier, tmp_path: Path
) -> None:
    """The proxy is the carrier as far as we see: registered through it, called through it."""
    block = PortBlock.reserve()
    port = block.take()
    telco = raw_carrier.overrides[f"trunks.{TRUNK}"]
    through = telco.replace(f"port: {raw_carrier.port}", f"port: {port}")
    centre = await installation(
        {
            "company.numbering": "{country: CN}",
            f"numbers.{DID}": "{flow: direct, language: en, trunk: telco}",
            f"trunks.{TRUNK}": through,
        },
        environ=raw_carrier.environ,
    )
    centre.expected_errors.add("trunk.changed")
    ours = centre.asterisk.sip_port
    async with kamailio(tmp_path, port=port, ours=ours, carrier=raw_carrier.port):
        await raw_carrier.registered(centre.asterisk)
        raw_carrier.goes_to(port)
        for line in (True, False):
            contact = await arrived(centre, raw_carrier.call_contact("02162345678", line=line))
            assert (contact.dialled_number, contact.attributes["trunk"]) == (DID, TRUNK)
            assert contact.customer_number == "+8613800138000"
    block.release()
