"""Who is in the customer's place of a contact among colleagues.

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("peer_agent_id", sa.String(), nullable=True))
    op.create_index(
        "ix_contact_peer_agent_id_created_at", "contact", ["peer_agent_id", "created_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_contact_peer_agent_id_created_at", "contact")
    op.drop_column("contact", "peer_agent_id")
