"""Recordings as files: how they are kept, until when, and legal holds.

Those of before are taken over from the contacts' records.

Revision: 0004, after 0003
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_BATCH = 500


def upgrade() -> None:
    file = op.create_table(
        "recording_file",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("contact_id", sa.String(64), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("queue", sa.String()),
        sa.Column("agent_id", sa.String()),
        sa.Column("started_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("seconds", sa.Double()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("key_id", sa.String()),
        sa.Column("heard_to", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("levels", _JSON, nullable=False),
        sa.Column("marks", _JSON, nullable=False),
        sa.Column("silenced", _JSON, nullable=False),
        sa.Column("deleted_at", _TIME),
        sa.Column("deleted_why", sa.String()),
    )
    _index("recording_file", "contact_id")
    _index("recording_file", "state", "ended_at", "id")
    _index("recording_file", "started_at", "id")
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("contact_id", sa.String(64), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed_at", _TIME, nullable=False),
        sa.Column("released_by", sa.String()),
        sa.Column("released_at", _TIME),
        sa.Column("release_reason", sa.String()),
    )
    _index("legal_hold", "contact_id", "matter")
    _take_over(file)


def downgrade() -> None:
    for table in ("legal_hold", "recording_file"):
        op.drop_table(table)


def _take_over(file: sa.Table) -> None:
    """Finished recordings that stand in contacts' records."""
    names = ("id", "contact_id", "path", "agent_id", "started_at", "ended_at", "bytes", "details")
    time = {"started_at", "ended_at"}
    kinds: dict[str, Any] = {name: _TIME if name in time else sa.String() for name in names}
    kinds |= {"bytes": sa.BigInteger(), "details": _JSON}
    old = sa.table("recording", *(sa.column(name, kind) for name, kind in kinds.items()))
    contact = sa.table("contact", sa.column("id", sa.String()), sa.column("queue", sa.String()))
    query = sa.select(old, contact.c.queue).join(contact, contact.c.id == old.c.contact_id)
    connection, after = op.get_bind(), ""
    while True:
        page = query.where(old.c.id > after).order_by(old.c.id).limit(_BATCH)
        rows = connection.execute(page).mappings().all()
        if not rows:
            return
        after = rows[-1]["id"]
        if new := [_row(row) for row in rows if row["details"].get("state") == "finished"]:
            connection.execute(sa.insert(file), new)


def _row(old: Any) -> dict[str, Any]:
    details = old["details"]
    return {
        "id": old["id"],
        "contact_id": old["contact_id"],
        "node": "",  # which one it was is not known
        "kind": details.get("kind") or "conversation",
        "state": "finished",
        "path": old["path"],
        "queue": details.get("queue") or old["queue"],
        "agent_id": old["agent_id"],
        "started_at": old["started_at"],
        "ended_at": old["ended_at"],
        "seconds": details.get("seconds"),
        "bytes": old["bytes"],
        "heard_to": 0,
        "held": 0,
        "levels": {},
        "marks": [],
        "silenced": [],
    }


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
