"""Contacts with their segments, events, recordings and dispositions.

Revision: 0001, the first
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "contact",
        _id(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("business", sa.String(), nullable=False),
        sa.Column("customer_number", sa.String(), nullable=False),
        sa.Column("dialled_number", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String()),
        sa.Column("first_agent_id", sa.String()),
        sa.Column("last_agent_id", sa.String()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("enqueued_at", _TIME),
        sa.Column("answered_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("end_reason", sa.String()),
        sa.Column("hangup_cause", sa.Integer()),
        sa.Column("disposition", sa.String()),
        sa.Column("ivr_seconds", sa.Double(), nullable=False),
        sa.Column("wait_seconds", sa.Double(), nullable=False),
        sa.Column("talk_seconds", sa.Double(), nullable=False),
        sa.Column("hold_seconds", sa.Double(), nullable=False),
        sa.Column("wrap_up_seconds", sa.Double(), nullable=False),
        sa.Column("attributes", _JSON, nullable=False),
    )
    _index("contact", "created_at", "id")
    _index("contact", "queue", "created_at")
    _index("contact", "last_agent_id", "created_at")
    _index("contact", "customer_number", "created_at")
    _index("contact", "dialled_number", "created_at")
    _index("contact", "business", "created_at")

    op.create_table(
        "segment",
        _id(),
        *_contact_id("segment"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("queue", sa.String()),
        sa.Column("agent_id", sa.String()),
        sa.Column("outcome", sa.String()),
    )
    _index("segment", "contact_id", "position")
    _index("segment", "queue", "started_at")
    _index("segment", "agent_id", "started_at")

    op.create_table(
        "event",
        _id(),
        *_contact_id("event"),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("agent_id", sa.String()),
        sa.Column("data", _JSON, nullable=False),
    )
    _index("event", "contact_id", "seq")
    _index("event", "type", "at")

    op.create_table(
        "recording",
        _id(),
        *_contact_id("recording"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String()),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("channels", sa.Integer()),
        sa.Column("sample_rate", sa.Integer()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("details", _JSON, nullable=False),
    )
    _index("recording", "contact_id")
    _index("recording", "started_at")

    op.create_table(
        "disposition",
        _id(),
        *_contact_id("disposition"),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String()),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
    _index("disposition", "contact_id")
    _index("disposition", "code", "at")


def downgrade() -> None:
    for table in ("disposition", "recording", "event", "segment", "contact"):
        op.drop_table(table)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(64), primary_key=True)


def _contact_id(table: str) -> tuple[Any, ...]:
    name = f"fk_{table}_contact_id_contact"
    return (
        sa.Column("contact_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=name, ondelete="CASCADE"),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
