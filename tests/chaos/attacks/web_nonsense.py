"""Every operation of the API is sent nonsense, as nobody and as the operator."""

from __future__ import annotations

import asyncio
import random
import time

from app.http import operator
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene
from tests.support.http_fuzz import RAW, Maker, answer_to, wrong_with

_AT_ONCE = 8
_SPARED = frozenset({("DELETE", "/api/session"), ("POST", "/api/selftest")})


async def run(scene: Scene) -> Seen:
    async with scene.house() as house:
        people = await house.people()
        access = await asyncio.to_thread(operator.read, house.state)
        port = house.settings.server.web.port
        document = await house.api("GET", "/api/openapi.json")
        # Nobody's ids: the people of this row must not be hung up on by chance.
        maker = Maker(
            document, random.Random(), tokens=("", "nonsense", access.token, access.token),
            spared=_SPARED,
        )  # fmt: skip
        each = int(scene.seconds(60, 3))
        samples = [maker.sample(one).raw for one in maker.operations for _ in range(each)]
        samples += list(RAW)
        gate, bad = asyncio.Semaphore(_AT_ONCE), []

        async def send(raw: bytes) -> None:
            async with gate:
                if what := wrong_with(await answer_to(port, raw)):
                    bad.append(f"{what} for {raw[:300]!r}")

        await asyncio.gather(*(send(raw) for raw in samples))
        seen = await people.judge(time.time())
        for what in bad[:5]:
            seen.broken.append(what)
        text = await asyncio.to_thread(house.app_log.read_text, errors="replace")
        failed = [line for line in text.splitlines() if '"http.failed"' in line]
        seen.must(not failed, f"{len(failed)} failures in the log: {failed[:1]}")
        return seen


ROW = Row(
    name="web-nonsense",
    title="Nonsense to every operation of the API",
    promise="No answer is 5xx, nothing fails in the log; calls notice nothing",
    run=run,
    seconds=900,
)
