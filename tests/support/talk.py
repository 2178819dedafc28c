"""A caller and an agent in a talk, and who hears whom.

talk = await talking(centre, "alice")
await hears(talk.agent, talk.caller)
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from agent_softphone.remote_call import Call
from tests.support.installation import AgentDesk, Centre
from tests.support.wait import eventually

CALLER = "13800000001"
_PATIENCE = 15.0  # seconds; a busy machine
CALLER_HZ, AGENT_HZ, THIRD_HZ = 440, 880, 1200


@dataclass
class Talk:
    """Both ends of a call that is connected. The caller says 440 Hz, the agent 880."""

    centre: Centre
    contact_id: str
    caller: Call
    agent: Call
    desk: AgentDesk

    async def both_hear(self) -> None:
        """Wait until each hears the other."""
        await asyncio.gather(
            self.caller.hear_tone(AGENT_HZ, _PATIENCE), self.agent.hear_tone(CALLER_HZ, _PATIENCE)
        )

    async def over(self) -> None:
        """Wait until neither has a call any more."""
        await asyncio.gather(
            self.caller.wait_state("disconnected"), self.agent.wait_state("disconnected")
        )


async def talking(centre: Centre, agent: str | AgentDesk, *, number: str = "4000") -> Talk:
    """Have a customer dial ``number`` and ``agent`` answer; both speak."""
    desk = agent if isinstance(agent, AgentDesk) else await centre.agent(agent)
    caller = await centre.call(number)
    return await answer(centre, desk, caller)


async def answer(centre: Centre, desk: AgentDesk, caller: Call) -> Talk:
    """Have the agent answer the call that comes in for ``caller``."""
    incoming = await desk.phone.next_incoming()
    assert incoming.from_user == CALLER
    await incoming.answer()
    contact = await centre.contact_of(desk.id)
    await asyncio.gather(caller.tone(CALLER_HZ), incoming.tone(AGENT_HZ))
    talk = Talk(centre, contact, caller, incoming, desk)
    await talk.both_hear()
    await centre.wait_state(contact, "connected")
    return talk


async def hears(listener: Call, hz: int, *, but_not: tuple[int, ...] = ()) -> None:
    """Wait until ``listener`` hears the tone ``hz`` and none of ``but_not``."""
    await listener.hear_tone(hz, _PATIENCE)
    for other in but_not:
        await listener.miss_tone(other, _PATIENCE)


async def hears_music(listener: Call) -> None:
    """Wait until ``listener`` hears something that is none of our tones."""

    async def look() -> bool:
        levels = await listener.levels()
        loud = levels["rms_dbfs"] is not None and levels["rms_dbfs"] > -50
        return loud and not levels["tones"]

    await eventually(look, "music")
