"""A Kamailio between us and a carrier: a stateful proxy that stays in the way."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core import process as processes
from tools import loader
from tools.private_programs import TARGET

_ROUTES = """
debug=0
log_stderror=yes
children=1
auto_aliases=no
disable_tcp=yes
listen=udp:127.0.0.1:{port}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
request_route {{
    if (!mf_process_maxfwd_header("10")) exit;
    if (has_totag()) {{
        loose_route();
        t_relay();
        exit;
    }}
    if (is_method("INVITE")) record_route();
    if ($sp == {ours}) $du = "sip:127.0.0.1:{carrier}";
    t_relay();
}}
"""


def _program() -> list[str] | None:
    """How to start Kamailio; None if it is nowhere."""
    private = TARGET / "usr/sbin/kamailio"
    if private.is_file():
        modules = loader.find_loader(TARGET).parent / "kamailio/modules"
        return [*loader.command(TARGET, private), "-L", str(modules)]
    found = shutil.which("kamailio") or shutil.which("/usr/sbin/kamailio")
    return [found] if found else None


@asynccontextmanager
async def kamailio(folder: Path, *, port: int, ours: int, carrier: int) -> AsyncIterator[None]:
    """What comes from our port goes to the carrier; everything else to where it says."""
    program = _program()
    if program is None:
        pytest.skip("Kamailio is not here: 'make setup' could not fetch it")
    config = folder / "kamailio.cfg"
    config.write_text(_ROUTES.format(port=port, ours=ours, carrier=carrier))
    with (folder / "kamailio.log").open("wb") as out:
        child = await processes.spawn(
            [*program, "-f", str(config), "-DD", "-E", "-m", "32", "-M", "8", "-Y", str(folder),
             "-P", str(folder / "kamailio.pid")],
            stdout=out, stderr=out,
        )  # fmt: skip
    try:
        yield
    finally:
        await processes.stop(child)
        await asyncio.sleep(0)
