"""Table ``segment``: the stretches of a contact's life."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from acd.records.tables.columns import ContactId, Id
from core.database import Base


class SegmentRow(Base):
    """One stretch; ``kind`` is a value of :class:`acd.model.SegmentKind`.

    ``position`` is its place within the contact, from 0. ``ended_at`` is null
    while it lasts. ``version`` is that of the contact which wrote it.
    """

    __tablename__ = "segment"
    __table_args__ = (
        Index("ix_segment_contact_id_position", "contact_id", "position"),
        Index("ix_segment_queue_started_at", "queue", "started_at"),
        Index("ix_segment_agent_id_started_at", "agent_id", "started_at"),
    )

    id: Mapped[Id]
    contact_id: Mapped[ContactId]
    version: Mapped[int]
    position: Mapped[int]
    kind: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    queue: Mapped[str | None]
    agent_id: Mapped[str | None]
    outcome: Mapped[str | None]
