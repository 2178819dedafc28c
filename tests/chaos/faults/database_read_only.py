"""The database takes no writes for a while (a fail-over to a replica, an administrator)."""

from __future__ import annotations

import asyncio
import time

from tests.chaos.postgres import postgres
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    async with postgres() as (server, url):
        name = url.rpartition("/")[2]
        async with scene.house({"server.database_url": url}) as house:
            people = await house.people()
            await server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            await server.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            await house.wait_code("database", "database_read_only")
            await asyncio.sleep(scene.seconds(6, 2))
            pending = await house.metric("parley_records_pending")
            await server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
            await server.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            seen = await people.judge(time.time())
            seen.must(bool(pending), f"records_pending was {pending} while nothing was stored")
            return seen


ROW = Row(
    name="database-read-only",
    title="The database takes no writes",
    promise="Calls are served; health says so; every record is written in the end",
    run=run,
)
