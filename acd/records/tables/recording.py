"""Table ``recording``: the sound files of a contact."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from acd.records.tables.columns import ContactId, Id, JsonObject
from core.database import Base


class RecordingRow(Base):
    """One file. With two ``channels`` the caller is left and the agent right.

    ``path`` is relative to the installation's folder of recordings. ``details``
    holds whatever else the recorder told.
    """

    __tablename__ = "recording"
    __table_args__ = (
        Index("ix_recording_contact_id", "contact_id"),
        Index("ix_recording_started_at", "started_at"),
    )

    id: Mapped[Id]
    contact_id: Mapped[ContactId]
    version: Mapped[int]
    path: Mapped[str]
    agent_id: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    channels: Mapped[int | None]
    sample_rate: Mapped[int | None]  # Hz
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[JsonObject]
