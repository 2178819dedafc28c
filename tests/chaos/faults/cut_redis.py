"""The network between the app and the Redis-protocol server is cut."""

from __future__ import annotations

from core.ports import PortBlock
from core.valkey import ValkeyInstance
from tests.chaos.cut import cut_and_mend, proxy
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    block = PortBlock.reserve()
    port = block.take()
    valkey = ValkeyInstance(scene.folder / "valkey", port)
    try:
        await valkey.start()
        async with proxy(port) as between:
            url = valkey.url.replace(f":{port}/", f":{between.port}/")
            return await cut_and_mend(
                scene, {"server.redis_url": url}, between, "redis", "redis_unavailable",
                scene.seconds(10, 4),
            )  # fmt: skip
    finally:
        await valkey.stop()
        block.release()


ROW = Row(
    name="cut-redis",
    title="The network to Redis is cut for 10 s",
    promise="Talks go on; callers wait; nothing is lost",
    run=run,
)
