"""One change, as it is noted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from core import ids
from core.clock import from_epoch, to_epoch

AUDIT: Final = "aud"  # the kind of its ids
DONE: Final = "done"
UNKNOWN: Final = "unknown"  # the process died while it was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``who`` asked ``via`` (page, program, cli) from ``address`` for ``action`` on the
    thing ``target``; ``asked`` is what they sent, ``before`` and ``after`` what differs
    (both empty if nothing did), all without personal data. ``outcome`` is ``done``, the
    code of an error, ``unknown``, or None while it is under way. ``account`` is the
    operating system's, as the command line says."""

    id: str = field(default_factory=lambda: ids.new_id(AUDIT))
    at: datetime
    who: str
    via: str
    address: str
    action: str
    account: str | None = None
    target_kind: str | None = None
    target_id: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    outcome: str | None = None
    finished_at: datetime | None = None

    def over(
        self, at: datetime, outcome: str, before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> Entry:  # fmt: skip
        """The same when it is over; of ``before`` and ``after`` what differs is kept."""
        first, second = dict(before or {}), dict(after or {})
        names = [n for n in {**first, **second} if first.get(n) != second.get(n)]
        return replace(
            self, finished_at=at, outcome=outcome,
            before={n: first.get(n) for n in names}, after={n: second.get(n) for n in names},
        )  # fmt: skip

    def dumps(self) -> str:
        """As JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["at"] = to_epoch(self.at)
        values["finished_at"] = None if self.finished_at is None else to_epoch(self.finished_at)
        return json.dumps(values, ensure_ascii=True, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Entry:
        """The inverse; ValueError, KeyError or TypeError for what is none."""
        values = json.loads(text)
        values["at"] = from_epoch(values["at"])
        if values["finished_at"] is not None:
            values["finished_at"] = from_epoch(values["finished_at"])
        return cls(**values)
