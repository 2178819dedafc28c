"""SIP over UDP with somebody else's source address: whoever sends it cannot get that
address locked out for long, and a carrier's not at all."""

from __future__ import annotations

from sip.guard.blocks import UNPROVEN_SECONDS
from tests.support.guesser import Guesser
from tests.support.installation import Centre, Installation
from tests.support.raw_sip import RawSip, authorization

CARRIER = "127.0.0.66"
STRANGER = "127.0.0.7"
_MADE_UP = 'nonce="madeup", realm="parley"'


async def _spoof(centre: Centre, address: str, times: int) -> None:
    """Wrong passwords that seem to come from ``address``: no answer is read."""
    async with RawSip(centre.asterisk.sip_port, address) as peer:
        for number in range(times):
            line = authorization("REGISTER", "sip:6001@127.0.0.1", _MADE_UP, "6001", f"x{number}")
            peer.blind("REGISTER", "6001", line)


async def test_a_spoofed_source_is_blocked_shortly_and_a_carrier_known_by_name_never(
    installation: Installation,
) -> None:
    # '127.66' is a name for the configuration; the system's resolver makes 127.0.0.66 of it.
    centre = await installation({"trunks.demo-carrier.carrier": "{host: '127.66'}"})
    guard = centre.server.guard
    await _spoof(centre, CARRIER, 12)
    await _spoof(centre, STRANGER, 12)
    told = await centre.wait_event("sip.address_blocked")
    assert (told.data["address"], told.data["proven"]) == (STRANGER, False), "not the carrier"
    (block,) = guard.blocks
    assert block.until - block.since == UNPROVEN_SECONDS, "not a quarter of an hour"
    answers = await Guesser(centre.asterisk.sip_port, CARRIER).guess("6001", 15)
    assert set(answers) == {401}
    assert CARRIER not in {block.address for block in guard.blocks}


async def test_who_answers_a_challenge_is_blocked_for_long(installation: Installation) -> None:
    """Spoofed failures before do not make his block short."""
    centre = await installation()
    await _spoof(centre, STRANGER, 5)
    guesser = Guesser(centre.asterisk.sip_port, STRANGER)
    await guesser.until_refused("6001", 500)
    (block,) = centre.server.guard.blocks
    assert block.until - block.since == 900
