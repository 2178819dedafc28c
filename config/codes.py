"""Codes that agents choose: why not ready, and how a contact ended."""

from __future__ import annotations

from config.base import Label, Name, Section


class ReasonCode(Section):
    """A reason for being not ready. :data:`RESERVED_REASONS` are the platform's own."""

    code: str = ""
    label: Label
    productive: bool = False  # counts as working time in reports (training, meeting)


class Disposition(Section):
    """A wrap-up code. ``queues`` limits it; empty means it is offered everywhere."""

    code: str = ""
    label: Label
    queues: tuple[Name, ...] = ()


DO_NOT_DISTURB = "do_not_disturb"
"""The reason that a feature code and the API give; nobody need configure it."""

RESERVED_REASONS = frozenset(
    {
        "rona", "login", "logged_in", "log_out", "redirected", "rejected", "hung_up_early",
        "connect_failed", "hung_up_at_once", "no_sound", "device_busy", "device_unavailable",
        "device_unregistered", "device_unreachable",
    }
)  # fmt: skip
