"""Legs that could not be had."""

from __future__ import annotations

from core.errors import ParleyError
from sip.ami import AmiDown, AmiTimeout
from sip.voice.legs import Leg, LegTable


def give_up(legs: LegTable, leg: Leg, error: ParleyError) -> None:
    """Originating ``leg`` failed with ``error``. When nobody answered it may exist all
    the same: it is hung up as soon as it shows."""
    if isinstance(error, AmiTimeout) or (isinstance(error, AmiDown) and error.sent):
        leg.cancelled = True
    else:
        legs.remove(leg.id)
