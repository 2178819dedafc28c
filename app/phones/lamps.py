"""The lamps on agents' phones: each agent's extension, and what the agent has said.

Asterisk watches the phone itself; what it cannot know (a chat in hand, do not disturb, an
agent at another phone) is told to it here, whenever an agent's state changes and, whole,
after each (re)connection.
"""

from __future__ import annotations

from acd.agent_states import AgentState, Presence
from acd.model import Agent
from acd.router import Router
from acd.slots import ParkingSlots
from app.phones.slots import SlotLamps
from config.codes import DO_NOT_DISTURB
from config.model import Settings
from core.errors import ParleyError
from core.events import Event
from core.log import get_logger
from core.serial import KeyedWorker
from sip import verbs
from sip.ami import AmiClient, AmiDown
from sip.asterisk.generate import dialplan
from sip.verbs import LampState

log = get_logger(__name__)


class Lamps:
    """Give :meth:`on_event` to the bus and :meth:`all` to whoever knows that Asterisk has
    started anew."""

    def __init__(
        self, ami: AmiClient, router: Router, settings: Settings, slots: ParkingSlots
    ) -> None:
        self._ami = ami
        self._router = router
        self._settings = settings
        self._work = KeyedWorker("lamps")
        self._slots = SlotLamps(slots, self._set)
        self._shown: dict[str, LampState] = {}
        self._due: set[str] = set()

    def on_event(self, event: Event) -> None:
        """Follow what happens to agents and in parking slots."""
        self._slots.on_event(event)
        if event.agent_id is not None and event.type.startswith("agent."):
            self._soon(event.agent_id)

    async def all(self) -> None:
        """Show everything anew: Asterisk may have forgotten it."""
        self._shown.clear()
        for agent_id in self._settings.agents:
            self._soon(agent_id)
        self._slots.all()

    async def close(self) -> None:
        await self._slots.close()
        await self._work.close()

    def _soon(self, agent_id: str) -> None:
        if agent_id in self._settings.agents and agent_id not in self._due:
            self._due.add(agent_id)
            self._work.submit(agent_id, "lamp", lambda: self._show(agent_id))

    async def _show(self, agent_id: str) -> None:
        self._due.discard(agent_id)
        try:
            agent = await self._router.agents.get(agent_id)
        except ParleyError as error:
            log.warning("lamp.agent_unknown", agent=agent_id, code=error.code)
            return
        extension = self._settings.agents[agent_id].extension
        await self._set(dialplan.lamp(extension), phone_lamp(agent))
        await self._set(dialplan.state_lamp(extension), state_lamp(agent))

    async def _set(self, device: str, state: LampState) -> None:
        if self._shown.get(device) is state:
            return
        try:
            await verbs.set_lamp(self._ami, device, state)
        except AmiDown:
            return  # all are shown anew when it is back
        except ParleyError as error:
            log.warning("lamp.not_shown", device=device, code=error.code)
            return
        self._shown[device] = state


def phone_lamp(agent: Agent) -> LampState:
    """The extension, beside what its phone does: a contact of any medium makes it busy."""
    match agent.state:
        case AgentState.OFFERED:
            return LampState.RINGING
        case AgentState.BUSY:
            return LampState.IN_USE
        case AgentState.LOGGED_OUT:
            return LampState.UNAVAILABLE  # the lamp is then the phone's alone
    return LampState.BUSY if agent.reason == DO_NOT_DISTURB else LampState.IDLE


def state_lamp(agent: Agent) -> LampState:
    """What the agent has said: dark while ready, on hold for a break or wrap-up, lit for
    do-not-disturb or a contact in hand."""
    if agent.presence is Presence.LOGGED_OUT and not agent.assignments:
        return LampState.UNAVAILABLE
    match agent.state:
        case AgentState.OFFERED:
            return LampState.RINGING
        case AgentState.BUSY:
            return LampState.IN_USE
        case AgentState.WRAP_UP:
            return LampState.ON_HOLD
    if agent.presence is Presence.READY:
        return LampState.IDLE
    return LampState.BUSY if agent.reason == DO_NOT_DISTURB else LampState.ON_HOLD
