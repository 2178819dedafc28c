"""What is heard of conversations, and what is kept of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from config.base import Host, Int, Section, Text, matching

Tongue = Annotated[str, matching(r"[a-z]{2}", "a language as ISO 639-1 has it, such as zh or en")]


class Side(StrEnum):
    """Which end of a conversation."""

    CUSTOMER = "customer"
    AGENT = "agent"


class AfterCall(StrEnum):
    """What is recognised from the recording once a conversation is over."""

    NOTHING = "nothing"
    DEFERRED = "deferred"  # what there was no time for while they spoke
    WHOLE = "whole"  # everything once more, with the better settings


class EmotionSettings(Section):
    """The customer's mood. ``alert_share`` is the share of calls that alert by the voice
    alone before anybody has said which alerts were right, ``precision`` the share of
    alerts that shall be right.

    An agent's mood is not inferred unless ``agent_leg_allowed_by`` says who decided it:
    in the European Union that is prohibited (Regulation (EU) 2024/1689, Article 5(1)(f)).
    """

    enabled: bool = True
    alert_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    precision: Annotated[float, Field(gt=0, lt=1)] = 0.7
    agent_leg_allowed_by: Text | None = None
    raise_priority: Annotated[Int, Field(ge=0, le=100)] = 5  # of who is tense and must wait


class TranscriptSettings(Section):
    """What was said, masked, in the database. ``keep_days`` 0: for ever."""

    store: bool = True
    after_call: AfterCall = AfterCall.DEFERRED
    keep_days: Annotated[Int, Field(ge=0, le=36500)] = 365


class AudioSocket(Section):
    """Where Asterisk sends what it taps; port 0 is a free one at each start."""

    host: Host = "127.0.0.1"
    port: Annotated[Int, Field(ge=0, le=65535)] = 0


class HearingSettings(Section):
    """Whose words are recognised while they speak. ``enabled`` not given: where the
    packages of the extra 'speech' are installed. ``languages`` is what may be spoken in
    a conversation whose language nothing tells; with one alone it is that.
    ``workers`` is the number of recognition processes (not given: one a core)."""

    enabled: bool | None = None
    legs: tuple[Side, ...] = (Side.CUSTOMER, Side.AGENT)
    languages: Annotated[tuple[Tongue, ...], Field(min_length=1, max_length=20)] = ("zh", "en")
    workers: Annotated[Int, Field(ge=1, le=256)] | None = None
    audio: AudioSocket = AudioSocket()
    emotion: EmotionSettings = EmotionSettings()
    transcripts: TranscriptSettings = TranscriptSettings()
