"""What was heard: transcripts that can be searched, moods, facts, and what is still to be
recognised from recordings.

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The index is the database's own: SQLite keeps it in a table, which its triggers follow,
# PostgreSQL as an index over an expression. Both hold tokens that are cut already.
_SQLITE = (
    "CREATE VIRTUAL TABLE transcript_search USING fts5(tokens, content='transcript_lines', "
    "content_rowid='id')",
    "CREATE TRIGGER transcript_search_in AFTER INSERT ON transcript_lines BEGIN "
    "INSERT INTO transcript_search(rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER transcript_search_out AFTER DELETE ON transcript_lines BEGIN "
    "INSERT INTO transcript_search(transcript_search, rowid, tokens) "
    "VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER transcript_search_new AFTER UPDATE OF tokens ON transcript_lines BEGIN "
    "INSERT INTO transcript_search(transcript_search, rowid, tokens) "
    "VALUES ('delete', old.id, old.tokens); "
    "INSERT INTO transcript_search(rowid, tokens) VALUES (new.id, new.tokens); END",
)
_POSTGRESQL = (
    "CREATE INDEX transcript_search ON transcript_lines USING gin (to_tsvector('simple', tokens))",
)


def _table(name: str, *columns: sa.Column[object], unique: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column(
            "contact_id", sa.String(64),
            sa.ForeignKey("contact.id", ondelete="CASCADE", name=f"fk_{name}_contact_id_contact"),
            nullable=False,
        ),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("leg", sa.String(16), nullable=False),
        *columns,
    )  # fmt: skip
    op.create_index(f"ix_{name}_{'_'.join(unique)}", name, list(unique), unique=True)


def upgrade() -> None:
    _table(
        "transcript_lines",
        sa.Column("leg_id", sa.String(64), nullable=False),
        sa.Column("utterance", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.String()),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("words", _JSON, nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("tokens", sa.String(), nullable=False),
        unique=("contact_id", "leg_id", "utterance", "source"),
    )
    op.create_index("ix_transcript_lines_started_at", "transcript_lines", ["started_at"])
    _table(
        "emotion_marks",
        sa.Column("at", _TIME, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reasons", _JSON, nullable=False),
        sa.Column("verdict", sa.String()),
        sa.Column("verdict_by", sa.String()),
        sa.Column("verdict_at", _TIME),
        unique=("contact_id", "n"),
    )
    op.create_index("ix_emotion_marks_at", "emotion_marks", ["at"])
    _table(
        "heard_facts",
        sa.Column("at", _TIME, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("valid", sa.Boolean()),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("data", _JSON, nullable=False),
        unique=("contact_id", "leg", "kind", "value"),
    )
    _table(
        "transcript_work",
        sa.Column("leg_id", sa.String(64), nullable=False),
        sa.Column("utterance", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.String()),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("noted_at", _TIME, nullable=False),
        unique=("contact_id", "leg_id", "utterance"),
    )
    op.create_index("ix_transcript_work_state_id", "transcript_work", ["state", "id"])
    op.create_table(
        "site_calibration",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("state", _JSON, nullable=False),
    )
    op.create_table(
        "agent_leg_decision",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_index("ix_agent_leg_decision_at_id", "agent_leg_decision", ["at", "id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE transcript_search")  # the triggers go with their table
    for name in (
        "agent_leg_decision", "site_calibration", "transcript_work", "heard_facts",
        "emotion_marks", "transcript_lines",
    ):  # fmt: skip
        op.drop_table(name)
