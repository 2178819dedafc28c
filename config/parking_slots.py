"""Parking slots: where customers wait until a colleague picks them up."""

from __future__ import annotations

from pydantic import Field

from config.base import Int, Seconds, Section


class ParkingSlotSettings(Section):
    """``count``: slots 1 to ``count``; 0: none. Who is not picked up within ``seconds`` is
    offered to the agent who parked them for ``back_seconds``, then in their queue."""

    count: Int = Field(default=9, ge=0, le=99)
    seconds: Seconds = Field(default=120, ge=1, le=3600)
    back_seconds: Seconds = Field(default=20, ge=0, le=600)
