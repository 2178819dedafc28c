"""An app that hangs is killed and replaced; one that starts too late does not stay."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import aiohttp
import psutil
import pytest

from app.app_process import AppCommand, AppDidNotStart, AppProcess, Patience
from app.embedded import Embedded
from config.load import load
from config.secrets import Secrets
from core.ports import PortBlock
from sip.asterisk.programs import Programs
from tests.support.embedded import ROOT
from tests.support.installation import CONFIG
from tests.support.logs import LogLines
from tests.support.parley_asterisk import own_ports
from tests.support.wait import until

_QUICK = Patience(every=0.2, answer=1.0, misses=3)


async def test_a_hung_app_is_killed_and_replaced(tmp_path: Path, log_lines: LogLines) -> None:
    block = PortBlock.reserve()
    ports = own_ports(block, tmp_path / "state")
    settings = load(CONFIG, environ={}, overrides=ports).settings
    variables = {f"PARLEY_{k.upper().replace('.', '__')}": v for k, v in ports.items()}
    embedded = Embedded(
        settings, Secrets(settings.server.state_dir), private_root=ROOT / ".parley" / "root",
        config=CONFIG, environ={**os.environ, **variables}, patience=_QUICK,
    )  # fmt: skip
    await embedded.start()
    try:
        hung = psutil.Process(embedded.app.pid)
        hung.suspend()
        await until(lambda: embedded.app.pid != hung.pid, 20, "another app")
        assert not hung.is_running()

        async def alive() -> bool:
            try:
                async with (
                    aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http,
                    http.get(f"http://127.0.0.1:{settings.server.web.port}/health/live") as answer,
                ):
                    return answer.status == 200
            except (aiohttp.ClientError, TimeoutError):
                return False

        await until(alive, 20, "it answers")
    finally:
        await embedded.close()
        block.release()
    assert [line for line in log_lines if line["event"] == "supervisor.app_hung"]
    (died,) = [line for line in log_lines if line["event"] == "supervisor.part_died"]
    assert died["how"] == f"killed by {signal.SIGKILL.name}"


async def test_one_that_starts_too_late_does_not_stay(tmp_path: Path, programs: Programs) -> None:
    block = PortBlock.reserve()
    ports = own_ports(block, tmp_path)
    settings = load(CONFIG, environ={}, overrides=ports).settings
    log_file = tmp_path / "app.log"
    log_file.write_text("the line before\n")
    app = AppProcess(AppCommand(CONFIG, dict(os.environ)), settings, log_file)
    with pytest.raises(AppDidNotStart) as raised:
        await app.start(seconds=0.01)
    assert "not alive" in raised.value.message
    assert "the line before" in raised.value.hint
    assert not psutil.pid_exists(app.pid)
    block.release()
