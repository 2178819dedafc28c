"""How much may be noted about one contact.

Whatever grows by requests has a bound: a contact is written whole with each change, so one
that grows makes everything slow. What ends a contact is never refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from acd.model import Contact
from core.errors import Conflict


class AttributesFull(Conflict):
    """The contact has as many attributes, or as much in them, as it may."""

    code: ClassVar[str] = "attributes_full"


class ContactWornOut(Conflict):
    """The contact was changed so often that people cannot change it any more."""

    code: ClassVar[str] = "contact_worn_out"


@dataclass(frozen=True, slots=True)
class ContactBounds:
    """``attributes`` names, ``attribute_bytes`` of all of them together (names and values
    as JSON in UTF-8), ``changes`` (events of the contact) until people may not add any."""

    attributes: int = 200
    attribute_bytes: int = 65_536
    changes: int = 5_000

    def require_attributes(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Raise :class:`AttributesFull` unless ``after`` is within bounds, or is no more
        than ``before``."""
        if len(after) > max(self.attributes, len(before)):
            raise AttributesFull(
                f"A contact has at most {self.attributes} attributes.",
                hint="Replace some instead of adding more.",
                most=self.attributes,
            )
        size = size_of(after)
        if size > self.attribute_bytes and size > size_of(before):
            raise AttributesFull(
                f"The attributes of a contact have at most {self.attribute_bytes} bytes in all.",
                hint="Keep large things elsewhere, and their address here.",
                most=self.attribute_bytes,
                would_be=size,
            )

    def fitting(
        self, before: Mapping[str, Any], values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[str]]:
        """As many of ``values`` as may be added to ``before``, and the names of the others."""
        kept: dict[str, Any] = {}
        left_out: list[str] = []
        for name, value in values.items():
            try:
                self.require_attributes(before, {**before, **kept, name: value})
                kept[name] = value
            except AttributesFull:
                left_out.append(name)
        return kept, left_out

    def require_changeable(self, contact: Contact) -> None:
        """Raise :class:`ContactWornOut` if people changed it too often."""
        if contact.event_seq >= self.changes:
            raise ContactWornOut(
                f"This contact was changed {contact.event_seq} times.",
                hint="It can still be transferred and ended.",
                most=self.changes,
            )


def size_of(attributes: Mapping[str, Any]) -> int:
    """Bytes of ``attributes`` as JSON in UTF-8."""
    text = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))
