"""Agents whose device goes away are not offered anything, and are when it is back.

An agent says whether they take contacts; a device that cannot be rung overrules that for
as long as it is so. Who says ready without a device is refused (or warned, as configured).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from acd import agents
from acd.agent_states import Presence, PresenceEvent
from acd.change import Change
from acd.desk import Desk, let_go
from acd.device_states import REASON, Devices, DeviceState
from acd.errors import DeviceUnreachable, DeviceUnregistered
from acd.reasons import AWAY
from acd.scene import Scene
from core.log import get_logger

log = get_logger(__name__)


class WithoutDevice(StrEnum):
    """What becomes of an agent who says ready while their device cannot be rung."""

    REFUSE = "refuse"
    WARN = "warn"
    ALLOW = "allow"


class DeviceWatch(Desk):
    """The part of the router that follows agents' devices. ``devices`` None: nobody knows
    of any, and nobody is kept from work."""

    devices: Devices | None = None
    without_device: WithoutDevice = WithoutDevice.REFUSE

    async def device_changed(
        self, device: str, state: DeviceState, *, at: datetime | None = None
    ) -> None:
        """Whoever works at ``device`` is taken out of routing, or comes back if that it was
        away is why they are not ready."""
        for agent in await self.store.agents():
            if agent.device == device and agent.presence is not Presence.LOGGED_OUT:
                await self._follow_device(agent.id, device, state, at)

    async def _follow_device(
        self, agent_id: str, device: str, state: DeviceState, at: datetime | None
    ) -> None:
        reason = REASON.get(state)

        def work(change: Change, scene: Scene) -> None:
            agent = scene.agent
            if agent is None or agent.device != device:
                return
            away = agent.presence is Presence.NOT_READY and agent.reason in AWAY
            if reason is None:
                if away and state is DeviceState.AVAILABLE:
                    agents.say(change, agent, PresenceEvent.READY, device=state.value)
            elif agent.presence is Presence.READY:
                let_go(change, scene, agent, wrap_up_first=True)
                agents.say(change, agent, PresenceEvent.NOT_READY, reason=reason)
            elif away and agent.reason != reason:
                agents.say(change, agent, PresenceEvent.NOT_READY, reason=reason)

        await self.alter("agent", agent_id, work, at=at)

    async def check_device(self, agent_id: str, device: str) -> None:
        if self.devices is None or self.without_device is WithoutDevice.ALLOW:
            return
        state = await self.devices.state_of(device)
        if state not in REASON:
            return
        if self.without_device is WithoutDevice.WARN:
            log.warning("router.ready_without_device", agent=agent_id, device_state=state.value)
        elif state is DeviceState.UNREGISTERED:
            raise DeviceUnregistered(
                "Your phone is not registered: no call could reach you.",
                hint=f"Switch on the phone with the extension {device} and see that it "
                "registers; then say ready again.",
                device=device,
            )
        else:
            raise DeviceUnreachable(
                "Your phone does not respond: no call could reach you.",
                hint=f"Look at the phone with the extension {device} and its network; then "
                "say ready again.",
                device=device,
            )
