"""A stranger sends thousands of hostile values through every field of a trunk's calls."""

from __future__ import annotations

import time

from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene
from tests.support.hostile_sip import say_all
from tests.support.hostile_values import hostile_calls
from tests.support.installation import TRUNK

LONG, SHORT = 5000, 200
_NEVER = ('"level": "error"', '"level": "critical"', "Traceback", '"agi.bad_request"')


async def run(scene: Scene) -> Seen:
    async with scene.house() as house:
        people = await house.people()
        secret = house.settings.trunk(TRUNK).secret or TRUNK
        login = TRUNK, house.secrets.get_or_create(secret).reveal()
        count = SHORT if scene.quick else LONG
        # 4001 is a menu: the strangers take no agent's time.
        calls = hostile_calls(count, numbers=("4001", "4001", "4001", "4009"))
        said = await say_all(house.settings.sip.port, login, calls)
        seen = await people.judge(time.time())
        seen.noticed += f"; {said.asked} hostile requests, {said.answered} calls among them"
        seen.must(said.answered > count // 4, f"only {said.answered} calls got through")
        for line in house.app_log.read_text(errors="replace").splitlines():
            if any(sign in line for sign in _NEVER):
                seen.must(False, f"logged: {line[:200]}")
                break
        return seen


ROW = Row(
    name="hostile-callers",
    title="Thousands of hostile names, numbers and headers from a trunk",
    promise="Nobody else's call, contact or recording changes; no error is logged",
    run=run,
    seconds=1800,
)
