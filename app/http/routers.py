"""The router processes of the installation: ``/api/routers``."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from typing_extensions import TypedDict

from acd.router import Router
from app.http.routes import Call, Needs, Route
from core.redis import RedisUnavailable


class RouterView(TypedDict):
    """A process; ``alive_for`` are the seconds for which it promised to live, below 0 for
    one that is gone. ``shut``: media that its node does not serve at present."""

    process: str
    node: str
    leads: bool
    alive: bool
    alive_for: float
    shut: list[str]
    this: bool


class RoutersView(TypedDict):
    """``epoch`` counts leaders; each claim names it, so that a former one's are refused."""

    epoch: int
    leader: str | None
    routers: list[RouterView]


class RoutersApi:
    """The route of routers."""

    def __init__(self, router: Router, redis: Redis) -> None:
        self._router = router
        self._redis = redis

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/routers", needs=Needs.SUPERVISOR, handler=self._list,
                summary="Which router processes live, and which one makes the offers",
                returns=RoutersView,
            )
        ]  # fmt: skip

    async def _list(self, _call: Call) -> RoutersView:
        keys, redis = self._router.keys, self._redis
        try:
            async with redis.pipeline(transaction=True) as pipe:
                pipe.time()
                pipe.get(keys("leader"))
                pipe.get(keys("epoch"))
                pipe.zrange(keys("routers"), 0, -1, withscores=True)
                answers: list[Any] = await pipe.execute()
        except (RedisError, OSError) as error:
            raise RedisUnavailable(
                "The routers cannot be read: the Redis-protocol server does not answer.",
                hint="Try again in a moment.",
            ) from error
        (seconds, microseconds), leader, epoch, processes = answers
        shut = await self._router.store.shut()
        now = (int(seconds) * 1_000_000 + int(microseconds)) / 1000  # milliseconds
        return {
            "epoch": int(epoch or 0),
            "leader": leader,
            "routers": [
                self._view(process, until - now, leader, shut)
                for process, until in sorted((str(one[0]), float(one[1])) for one in processes)
            ],
        }

    def _view(
        self, process: str, left: float, leader: str | None, shut: dict[str, list[str]]
    ) -> RouterView:
        node = process.rpartition("/")[0]
        return {
            "process": process,
            "node": node,
            "leads": process == leader,
            "alive": left > 0,
            "alive_for": round(left / 1000, 3),
            "shut": shut.get(node, []),
            "this": process == self._router.leadership.process,
        }
