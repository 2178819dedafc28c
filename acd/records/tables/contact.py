"""Table ``contact``: one row for each call or text contact."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from acd.records.tables.columns import Id, JsonObject
from core.database import Base


class ContactRow(Base):
    """A contact as its latest stored version describes it.

    Times are aware UTC. The ``*_seconds`` are computed by
    :mod:`acd.records.durations` when the row is written, from the stretches that
    are over: they grow while the contact lasts and are final once it has ended.
    ``version`` is the contact's own; a row never goes back to an older one.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_created_at_id", "created_at", "id"),
        Index("ix_contact_queue_created_at", "queue", "created_at"),
        Index("ix_contact_last_agent_id_created_at", "last_agent_id", "created_at"),
        Index("ix_contact_peer_agent_id_created_at", "peer_agent_id", "created_at"),
        Index("ix_contact_customer_number_created_at", "customer_number", "created_at"),
        Index("ix_contact_dialled_number_created_at", "dialled_number", "created_at"),
        Index("ix_contact_business_created_at", "business", "created_at"),
    )

    id: Mapped[Id]
    version: Mapped[int]
    medium: Mapped[str]
    channel: Mapped[str]
    direction: Mapped[str]
    business: Mapped[str]
    customer_number: Mapped[str]
    dialled_number: Mapped[str]
    language: Mapped[str]
    state: Mapped[str]
    priority: Mapped[int]
    queue: Mapped[str | None]  # the last one it waited in
    first_agent_id: Mapped[str | None]
    last_agent_id: Mapped[str | None]
    peer_agent_id: Mapped[str | None]  # in the customer's place, of an internal one
    created_at: Mapped[datetime]
    enqueued_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]  # by the first agent
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    hangup_cause: Mapped[int | None]  # ITU-T Q.850
    disposition: Mapped[str | None]  # the latest code
    ivr_seconds: Mapped[float]
    wait_seconds: Mapped[float]
    talk_seconds: Mapped[float]
    hold_seconds: Mapped[float]
    wrap_up_seconds: Mapped[float]
    attributes: Mapped[JsonObject]
