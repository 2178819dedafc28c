"""Queues: ``/api/queues``."""

from __future__ import annotations

from acd.errors import UnknownQueue
from app.http.queue_views import QueueView
from app.http.routes import Call, Needs, Route
from app.http.wall import Wall


class QueuesApi:
    """Routes of queues."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/queues", needs=Needs.SIGNED_IN, handler=self._list,
                summary="All queues, with who waits", returns=list[QueueView],
            ),
            Route(
                method="GET", path="/api/queues/{queue}", needs=Needs.SIGNED_IN,
                handler=self._show, summary="One queue", returns=QueueView,
            ),
        ]  # fmt: skip

    async def _list(self, _call: Call) -> list[QueueView]:
        return list((await self._wall.fresh())["queues"].values())

    async def _show(self, call: Call) -> QueueView:
        queues = (await self._wall.fresh())["queues"]
        try:
            return queues[call.part("queue")]
        except KeyError:
            raise UnknownQueue(
                "There is no such queue.", hint=f"There are: {', '.join(queues)}."
            ) from None
