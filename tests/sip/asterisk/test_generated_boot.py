"""The generated configuration on a real Asterisk."""

from __future__ import annotations

import time

from tests.support.parley_asterisk import ParleyAsteriskFactory


async def test_it_boots_quickly_and_without_a_complaint(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk(start=False)
    began = time.monotonic()
    await asterisk.instance.start()
    assert time.monotonic() - began < 10
    assert asterisk.complaints == []
    modules = await asterisk.instance.rx("module show")
    assert "chan_pjsip.so" in modules
    assert "app_queue.so" not in modules, "Asterisk's own queue is for the benches only"
    endpoints = await asterisk.instance.rx("pjsip show endpoints")
    for endpoint in ("6001/6001", "6090/6090", "demo-carrier", "branch-pbx", "selftest-agent"):
        assert endpoint in endpoints
