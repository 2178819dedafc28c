"""Column types that the tables share."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

Json = JSON().with_variant(JSONB(), "postgresql")
"""JSON that PostgreSQL can index and search (JSONB), text in SQLite."""

Id = Annotated[str, mapped_column(String(64), primary_key=True)]
"""An identifier of ``core.ids``: it sorts by time of creation."""

ContactId = Annotated[str, mapped_column(String(64), ForeignKey("contact.id", ondelete="CASCADE"))]
"""The contact a row belongs to; the row goes when the contact is erased."""

JsonObject = Annotated[dict[str, Any], mapped_column(Json)]
"""A JSON object, never null."""
