"""Which of Asterisk's channels are calls of ours."""

from __future__ import annotations

import pytest

from sip.ami import AmiEvent
from sip.voice.legs import Role
from sip.voice.resync import Channel


def _status(
    channel: str, uniqueid: str, *variables: str, context: str = "parley-queue", bridge: str = ""
) -> AmiEvent:
    return AmiEvent(
        "Status",
        {
            "channel": ("Channel", channel),
            "uniqueid": ("Uniqueid", uniqueid),
            "channelstate": ("ChannelState", "6"),
            "context": ("Context", context),
            "bridgeid": ("BridgeID", bridge),
            "variable": ("Variable", list(variables)),
        },
    )


def test_a_customers_leg_is_read() -> None:
    channel = Channel.from_status(
        _status("PJSIP/carrier-1", "1700000000.1", "PARLEY_CONTACT=con_1", "PARLEY_ROLE=(null)")
    )
    assert channel is not None
    assert (channel.leg.contact_id, channel.leg.role) == ("con_1", Role.CUSTOMER)
    assert (channel.leg.up, channel.context) == (True, "parley-queue")


@pytest.mark.parametrize(
    ("name", "uniqueid"),
    [("Local/6001@x-1;2", "chan_1;2"), ("Surrogate/PJSIP/carrier-1", "1700000000.2")],
)
def test_what_only_carries_its_variables_is_no_leg(name: str, uniqueid: str) -> None:
    assert Channel.from_status(_status(name, uniqueid, "PARLEY_CONTACT=con_1")) is None


def test_a_strangers_channel_is_no_leg() -> None:
    assert Channel.from_status(_status("PJSIP/x-1", "1.2", "PARLEY_CONTACT=(null)")) is None


@pytest.mark.parametrize(
    ("context", "bridge", "up"),
    [
        ("from-agents", "", False),
        ("parley-agent", "", False),
        ("parley-agent", "b-1", True),
        ("parley-park", "", True),
    ],
)
def test_an_agent_is_up_when_they_can_be_joined(context: str, bridge: str, up: bool) -> None:
    variables = ("PARLEY_CONTACT=con_1", "PARLEY_ROLE=agent", "PARLEY_OFFER=off_1")
    event = _status("PJSIP/6001-1", "off_1", *variables, context=context, bridge=bridge)
    channel = Channel.from_status(event)
    assert channel is not None
    assert (channel.leg.role, channel.leg.up) == (Role.AGENT, up)
