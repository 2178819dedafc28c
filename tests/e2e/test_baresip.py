"""A phone that is not ours at work: a customer and an agent who both sit at a baresip."""

from __future__ import annotations

from tests.support.baresip import BaresipFactory
from tests.support.installation import TRUNK, Installation


async def test_a_customer_with_keys_and_an_agent_with_hold(
    installation: Installation, baresip: BaresipFactory
) -> None:
    centre = await installation()
    asterisk = centre.asterisk
    agent = await baresip(asterisk, asterisk.settings.agents["alice"].extension, hz=880)
    caller = await baresip(
        asterisk, TRUNK, password=asterisk.trunk_password(TRUNK), register=False, hz=440
    )
    await centre.server.router.log_in("alice", ready=True)
    await caller.call("4001")
    await caller.keys("22")
    await agent.answer()
    await agent.hears(440)
    await caller.hears(880)
    await agent.hold()
    await caller.hears_music()
    await agent.resume()
    await agent.hears(440)
    await caller.hears(880)
    await caller.hang_up()
    await agent.wait_closed()
    await caller.wait_closed()
    assert "alice" in {event.agent_id for event in centre.events}
