"""Table ``disposition``: how agents coded the outcome of a contact."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from acd.records.tables.columns import ContactId, Id
from core.database import Base


class DispositionRow(Base):
    """One code given: by whom, when, with what note. A correction is a new row;
    the last one counts and is also ``contact.disposition``. The id is that of the
    event by which it was given."""

    __tablename__ = "disposition"
    __table_args__ = (
        Index("ix_disposition_contact_id", "contact_id"),
        Index("ix_disposition_code_at", "code", "at"),
    )

    id: Mapped[Id]
    contact_id: Mapped[ContactId]
    code: Mapped[str]
    agent_id: Mapped[str | None]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)
