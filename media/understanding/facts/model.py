"""What a fact is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FactKind(StrEnum):
    """Kinds of key facts, in the order in which they win the same words."""

    CARD = "card"
    IDENTITY = "identity"
    ORDER = "order"
    PHONE = "phone"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    NAME = "name"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Span:
    """``start`` to ``end`` (characters) of the utterance of that number; 0 for one text."""

    start: int
    end: int
    utterance: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """One key fact.

    ``value`` is normalised, and safe to show and to store: of cards and identity numbers
    only the last four places are readable. ``secret`` is the whole number of those; it is
    never part of :meth:`as_dict` or of ``repr``, and must not be stored or logged.

    Values: card ``••••1111``; identity ``••••002X``; order as its pattern has it; phone
    E.164 (``+8613800138000``) where the country is known; money ``CNY 350.00``; date ISO
    8601 ``2026-03-05``; time ``15:30``; name as said; product its configured name.

    ``valid``: whether its checksum is right, ``None`` for kinds without one.
    ``confidence``: 0 to 1. ``data``: what else is known, e.g. ``issuer``, ``sex``.
    """

    kind: FactKind
    value: str
    spans: tuple[Span, ...]
    confidence: float
    valid: bool | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    secret: str | None = field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """For events, records and ``--json``: without what is secret."""
        return {
            "kind": self.kind.value,
            "value": self.value,
            "spans": [[s.start, s.end, s.utterance] for s in self.spans],
            "valid": self.valid,
            "confidence": round(self.confidence, 2),
            "data": dict(self.data),
        }


def shortened(number: str) -> str:
    """The last four places of a number that must not be shown."""
    return f"••••{number[-4:]}"
