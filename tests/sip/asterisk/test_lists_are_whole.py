"""Asterisk's own lists are read to the last header: nothing of them is taken for forged."""

from __future__ import annotations

from sip.ami import AmiClient, AmiSettings
from tests.support.parley_asterisk import ParleyAsteriskFactory

LISTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("CoreShowChannels", {}), ("Status", {}), ("PJSIPShowContacts", {}), ("PJSIPShowAors", {}),
    ("PJSIPShowEndpoints", {}), ("PJSIPShowEndpoint", {"Endpoint": "demo-carrier"}),
    ("PJSIPShowEndpoint", {"Endpoint": "6001"}), ("PJSIPShowRegistrationsOutbound", {}),
    ("DeviceStateList", {}), ("ExtensionStateList", {}),
)  # fmt: skip


async def test_no_list_is_refused(parley_asterisk: ParleyAsteriskFactory) -> None:
    asterisk = await parley_asterisk()
    client = AmiClient(
        AmiSettings(
            "127.0.0.1", asterisk.manager_port, asterisk.manager_user, asterisk.manager_secret
        )
    )
    doubted: list[list[str]] = []
    client.on_suspect(doubted.append)
    await client.start()
    try:
        await client.wait_up(40)
        found = {name: await client.query(name, fields) for name, fields in LISTS}
    finally:
        await client.close()
    assert doubted == []
    assert found["PJSIPShowEndpoints"]
    assert {event.name for event in found["PJSIPShowEndpoint"]} >= {"EndpointDetail", "AorDetail"}
