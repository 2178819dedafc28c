"""Table ``audit``: every change that a person or a program asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from acd.records.tables.columns import Id, JsonObject
from core.database import Base


class AuditRow(Base):
    """One :class:`app.audit.entry.Entry`. The id sorts by when it began."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_at_id", "at", "id"),
        Index("ix_audit_who_at", "who", "at"),
        Index("ix_audit_target_id_at", "target_id", "at"),
        Index("ix_audit_action_at", "action", "at"),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    who: Mapped[str]
    via: Mapped[str]
    account: Mapped[str | None]
    address: Mapped[str]
    action: Mapped[str]
    target_kind: Mapped[str | None]
    target_id: Mapped[str | None]
    outcome: Mapped[str]
    asked: Mapped[JsonObject]
    before: Mapped[JsonObject]
    after: Mapped[JsonObject]
