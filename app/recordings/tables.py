"""Tables ``recording_file``: what is kept of each recording; ``legal_hold``: contacts of
which nothing may be deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from acd.records.tables.columns import Id, Json, JsonObject
from core.database import Base

JsonList = Annotated[list[Any], mapped_column(Json)]


class RecordingFileRow(Base):
    """A recording from when it is over. The table ``recording`` is part of its contact and
    is written anew with it; this one belongs to the file.

    ``state``: finished, unfinished (no room on the disk yet), failed, deleting, deleted.
    ``path`` is relative to the folder of recordings of ``node``; ``key_id`` is null where
    it is not sealed. ``held`` counts the legal holds of its contact. ``heard_to`` is the
    last number of the live log that was looked at for what had to be silenced.
    """

    __tablename__ = "recording_file"
    __table_args__ = (
        Index("ix_recording_file_contact_id", "contact_id"),
        Index("ix_recording_file_state_ended_at_id", "state", "ended_at", "id"),
        Index("ix_recording_file_started_at_id", "started_at", "id"),
    )

    id: Mapped[Id]
    contact_id: Mapped[str] = mapped_column(String(64))
    node: Mapped[str]
    kind: Mapped[str]  # conversation, voicemail
    state: Mapped[str]
    path: Mapped[str]
    queue: Mapped[str | None]
    agent_id: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seconds: Mapped[float | None]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    key_id: Mapped[str | None]
    heard_to: Mapped[int]
    held: Mapped[int]
    error: Mapped[str | None]
    levels: Mapped[JsonObject]
    marks: Mapped[JsonList]
    silenced: Mapped[JsonList]
    deleted_at: Mapped[datetime | None]
    deleted_why: Mapped[str | None]


class LegalHoldRow(Base):
    """Who wants a contact kept, why, and until when. ``matter`` tells several holds of one
    contact apart; of one matter a contact has one that is not released."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index("ix_legal_hold_contact_id_matter", "contact_id", "matter"),)

    id: Mapped[Id]
    contact_id: Mapped[str] = mapped_column(String(64))
    matter: Mapped[str]
    reason: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]
    released_by: Mapped[str | None]
    released_at: Mapped[datetime | None]
    release_reason: Mapped[str | None]
