"""The network between the app and PostgreSQL is cut."""

from __future__ import annotations

from tests.chaos.cut import cut_and_mend, proxy
from tests.chaos.postgres import postgres
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    async with postgres() as (server, url), proxy(server.port) as between:
        url = url.replace(f":{server.port}/", f":{between.port}/")
        return await cut_and_mend(
            scene, {"server.database_url": url}, between, "database", "database_unavailable",
            scene.seconds(10, 4),
        )  # fmt: skip


ROW = Row(
    name="cut-database",
    title="The network to the database is cut for 10 s",
    promise="Calls are served; every record is written in the end",
    run=run,
)
