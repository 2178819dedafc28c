"""Table ``event``: what happened to a contact, in order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from acd.records.tables.columns import ContactId, Id, JsonObject
from core.database import Base


class EventRow(Base):
    """One :class:`core.events.Event` of a contact. Never changed once written;
    ``seq`` counts from 1 within the contact, so that a gap shows."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_contact_id_seq", "contact_id", "seq"),
        Index("ix_event_type_at", "type", "at"),
    )

    id: Mapped[Id]
    contact_id: Mapped[ContactId]
    seq: Mapped[int]
    type: Mapped[str]
    at: Mapped[datetime]
    agent_id: Mapped[str | None]
    data: Mapped[JsonObject]
