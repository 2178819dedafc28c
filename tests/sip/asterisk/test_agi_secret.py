"""The secret between dialplan and app is in one file, for one user, and in no log."""

from __future__ import annotations

import stat

from tests.support.parley_asterisk import ParleyAsteriskFactory
from tests.support.raw_sip import RawSip
from tests.support.wait import until


async def test_the_secret_is_in_no_log(parley_asterisk: ParleyAsteriskFactory) -> None:
    """Nobody serves FastAGI, so that Asterisk complains about each call."""
    asterisk = await parley_asterisk()
    file = asterisk.layout.folders.etc / "extensions.conf"
    secret = asterisk.agi_secret.reveal()
    assert secret in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    login = ("demo-carrier", asterisk.trunk_password("demo-carrier"))
    async with RawSip.to(asterisk.sip_port) as peer:
        assert (await peer.request("INVITE", "4001", login=login)).status == 200
    await until(
        lambda: any("agi://" in line for line in asterisk.complaints) or None, 20, "a complaint"
    )
    logs = [path for path in asterisk.layout.folders.log.rglob("*") if path.is_file()]
    assert logs
    assert [path for path in logs if secret in path.read_text(errors="replace")] == []
