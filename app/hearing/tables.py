"""Tables of what was heard: lines, moods, facts, and what is still to be recognised.

All go with their contact when that is erased. Lines are found by words through an index
that each database keeps by itself (:mod:`app.hearing.search_text`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from acd.records.tables.columns import Id, Json, JsonObject
from core.database import Base

_KEY = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts INTEGER keys only


def _contact() -> Any:
    return mapped_column(String(64), ForeignKey("contact.id", ondelete="CASCADE"))


class TranscriptLine(Base):
    """One utterance, masked. ``n`` is its number in the live log (0: recognised after the
    call). ``leg_id`` names the tap, or the recording and its side. ``words`` are ``[text,
    start, end, confidence]`` in seconds of the conversation, or of the recording.
    ``superseded``: the same was recognised better after the call. ``tokens`` is the text as
    it is searched."""

    __tablename__ = "transcript_lines"
    __table_args__ = (
        Index(
            "ix_transcript_lines_contact_id_leg_id_utterance_source",
            "contact_id",
            "leg_id",
            "utterance",
            "source",
            unique=True,
        ),
        Index("ix_transcript_lines_started_at", "started_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(_KEY, primary_key=True, autoincrement=True)
    contact_id: Mapped[str] = _contact()
    n: Mapped[int]
    leg: Mapped[str] = mapped_column(String(16))  # customer, agent
    leg_id: Mapped[str] = mapped_column(String(64))
    utterance: Mapped[int]
    agent_id: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(16))
    text: Mapped[str]
    words: Mapped[list[Any]] = mapped_column(Json)
    confidence: Mapped[float]
    engine: Mapped[str]
    source: Mapped[str] = mapped_column(String(16))  # live, after_call
    superseded: Mapped[bool]
    tokens: Mapped[str]


class EmotionMark(Base):
    """A customer became tense, or calmed. ``n`` is its number in the live log. ``verdict``
    is what a supervisor said of it: right or wrong."""

    __tablename__ = "emotion_marks"
    __table_args__ = (
        Index("ix_emotion_marks_contact_id_n", "contact_id", "n", unique=True),
        Index("ix_emotion_marks_at", "at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(_KEY, primary_key=True, autoincrement=True)
    contact_id: Mapped[str] = _contact()
    n: Mapped[int]
    leg: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))  # crossed, calmed
    score: Mapped[float]
    reasons: Mapped[JsonObject]  # codes, words and texts, as in the event
    verdict: Mapped[str | None]
    verdict_by: Mapped[str | None]
    verdict_at: Mapped[datetime | None]


class HeardFact(Base):
    """A key fact as it may be shown: of cards and identity numbers the last four places."""

    __tablename__ = "heard_facts"
    __table_args__ = (
        Index(
            "ix_heard_facts_contact_id_leg_kind_value",
            "contact_id",
            "leg",
            "kind",
            "value",
            unique=True,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(_KEY, primary_key=True, autoincrement=True)
    contact_id: Mapped[str] = _contact()
    n: Mapped[int]
    leg: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str]
    valid: Mapped[bool | None]
    confidence: Mapped[float]
    data: Mapped[JsonObject]


class TranscriptWork(Base):
    """What is to be recognised from a recording: one utterance that was put off, or
    (``leg`` '') the whole conversation once more. ``state`` is pending, done, failed or
    unrecorded."""

    __tablename__ = "transcript_work"
    __table_args__ = (
        Index(
            "ix_transcript_work_contact_id_leg_id_utterance",
            "contact_id",
            "leg_id",
            "utterance",
            unique=True,
        ),
        Index("ix_transcript_work_state_id", "state", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(_KEY, primary_key=True, autoincrement=True)
    contact_id: Mapped[str] = _contact()
    n: Mapped[int]
    leg: Mapped[str] = mapped_column(String(16))
    leg_id: Mapped[str] = mapped_column(String(64))
    utterance: Mapped[int]
    agent_id: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    noted_at: Mapped[datetime]


class SiteCalibrationRow(Base):
    """What is unusual at this site (``scope``): the state of a
    :class:`media.emotion.calibration.SiteCalibration`. ``version`` counts the writes."""

    __tablename__ = "site_calibration"

    scope: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    updated_at: Mapped[datetime]
    state: Mapped[JsonObject]


class AgentLegDecision(Base):
    """Whether the mood of agents may be inferred from their voices. ``id`` is that of the
    audit's entry; the newest row holds."""

    __tablename__ = "agent_leg_decision"
    __table_args__ = (Index("ix_agent_leg_decision_at_id", "at", "id"),)

    id: Mapped[Id]
    at: Mapped[datetime]
    decided_by: Mapped[str]
    allowed: Mapped[bool]
    reason: Mapped[str]
