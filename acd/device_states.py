"""Whether an agent's device can be rung, as a medium's driver knows it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

from acd import reasons


class DeviceState(StrEnum):
    """For voice the device is a phone; for a text medium it can be a page that is open."""

    AVAILABLE = "available"
    UNREGISTERED = "unregistered"  # there is none
    UNREACHABLE = "unreachable"  # it is known but does not respond
    UNKNOWN = "unknown"  # the medium cannot say at present


REASON: Final = {
    DeviceState.UNREGISTERED: reasons.DEVICE_UNREGISTERED,
    DeviceState.UNREACHABLE: reasons.DEVICE_UNREACHABLE,
}
"""For which reason an agent is not ready whose device is so; the others keep nobody away."""


class Devices(Protocol):
    """What a driver knows of agents' devices. Changes are told by
    :meth:`acd.driver.DriverEvents.device_changed`."""

    async def state_of(self, device: str) -> DeviceState:
        """How the device is now; asks the medium where that could be news of before.
        Never raises: ``unknown`` where the medium cannot be asked."""
        ...
