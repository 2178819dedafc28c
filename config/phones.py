"""Agents' phones: how many of one extension, and what is expected of them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from config.base import Int, Seconds, Section


class Several(StrEnum):
    """What happens when a second phone registers on an extension."""

    NEWEST = "newest"  # it takes the place of the first one
    RING_ALL = "ring_all"  # both stay: all ring, the first to answer has the call
    REFUSE_SECOND = "refuse_second"  # it is refused (403) while the first one is registered


class WithoutPhone(StrEnum):
    """What happens when an agent says ready while their phone cannot be rung."""

    REFUSE = "refuse"  # an error says what is wrong with the phone
    WARN = "warn"  # they are ready; the log says what is wrong with the phone
    ALLOW = "allow"


class Phones(Section):
    """``least_talk_seconds``: an agent's phone that hangs up sooner after it was joined with
    a customer has not talked with them. ``no_sound_seconds``: neither has one that has not
    sent a single packet of sound (RTP or RTCP) by then; a muted phone sends silence, and one
    that suppresses silence sends comfort noise or reports. 0 switches either off.

    ``lost_seconds``: a phone on a call (talking or holding) that does not respond for so long
    and sends nothing is dead; the customer waits on in the queue. 0 switches that off too.
    """

    several: Several = Several.NEWEST
    most: Int = Field(default=4, ge=2, le=10)  # phones of one extension, where all ring
    ready_without_phone: WithoutPhone = WithoutPhone.REFUSE
    least_talk_seconds: Seconds = Field(default=1, le=60)
    no_sound_seconds: Seconds = Field(default=5, le=300)
    lost_seconds: Seconds = Field(default=20, le=3600)
