"""Calling customers back."""

from __future__ import annotations

from pydantic import Field

from config.base import Digits, Int, Name, Section


class CallBacks(Section):
    """How customers are called who rather hang up than wait. Their number is dialled as
    an agent would: with ``prefix`` in front if a route takes it so, else as it is.

    Whoever calls chooses what we dial (the number shown can be forged), so ``routes``
    limits on which it may go out (none given: on all), and numbers that customers key in
    are taken only with ``other_numbers``.
    """

    prefix: Digits = ""
    routes: tuple[Name, ...] = ()
    other_numbers: bool = False
    ring_seconds: Int = Field(default=30, ge=5, le=100)
