"""PostgreSQL is away when the app starts, comes, is killed among calls, and comes again."""

from __future__ import annotations

import asyncio
import time

from tests.chaos.postgres import postgres
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    async with postgres() as (server, url):
        await server.kill()
        async with scene.house({"server.database_url": url}) as house:
            await house.wait_code("database", "database_not_ready")
            people = await house.people()
            await server.serve()
            await house.wait_well()
            await server.kill()
            await house.wait_code("database", "database_unavailable")
            await asyncio.sleep(scene.seconds(8, 2))
            pending = await house.metric("parley_records_pending")
            await server.serve()
            seen = await people.judge(time.time())
            seen.must(bool(pending), f"records_pending was {pending} while nothing was stored")
            return seen


ROW = Row(
    name="postgres-killed",
    title="PostgreSQL is away at the start, comes, is killed and started",
    promise="Calls are served throughout; every record is written in the end",
    run=run,
)
