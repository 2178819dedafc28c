"""The database's file is damaged when the app starts, and mended some seconds later."""

from __future__ import annotations

import asyncio
import time

from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    state = scene.folder / "state"
    state.mkdir(mode=0o700)
    database = state / "parley.db"
    database.write_bytes(b"no database at all\n" * 1000)
    async with scene.house(state=state) as house:
        await house.wait_code("database", "database_not_ready")
        people = await house.people()
        await asyncio.sleep(scene.seconds(6, 3))
        pending = await house.metric("parley_records_pending")
        database.rename(state / "parley.db.damaged")  # what an operator does
        seen = await people.judge(time.time())
        seen.must(bool(pending), f"records_pending was {pending} while nothing could be stored")
        return seen


ROW = Row(
    name="database-damaged",
    title="The database's file is damaged at the start",
    promise="Calls are served; health says so; records are written when it is mended",
    run=run,
    quick=True,
)
