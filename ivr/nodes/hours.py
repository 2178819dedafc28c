"""``hours``: go one way when open, another when closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from config.base import Name
from ivr.nodes.base import Exit, Node, Visit


class Hours(Node):
    """``hours`` names a set of opening hours of the configuration."""

    type: Literal["hours"]
    hours: Name
    open: Name
    closed: Name

    def exits(self) -> Iterable[Exit]:
        yield Exit("open", self.open)
        yield Exit("closed", self.closed)

    def needs(self) -> Iterable[tuple[str, str]]:
        yield "hours", self.hours

    async def run(self, visit: Visit) -> str:
        is_open = visit.is_open(self.hours)
        visit.trace("ivr.hours_checked", hours=self.hours, open=is_open)
        return self.open if is_open else self.closed
