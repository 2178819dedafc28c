"""Whoever may transfer by REFER leads the other party to our own transfers, or nowhere."""

from __future__ import annotations

from sip.asterisk.generate import dialplan
from tests.support.conf_reader import Sections, read_conf
from tests.support.dialplan_graph import parse
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory

SHARED = {"shared_phones.desk-1.extension": "7001"}


async def test_each_endpoint_says_where_a_transfer_goes(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk(SHARED)
    endpoints = [(name, pairs) for name, pairs in _conf(asterisk) if ("type", "endpoint") in pairs]
    seen = set()
    for name, pairs in endpoints:
        (context,) = [value for key, value in pairs if key == "context"]
        wanted = dialplan.REFER if context == dialplan.AGENTS else dialplan.NO_TRANSFER
        told = [v for k, v in pairs if k == "set_var" and v.startswith("TRANSFER_CONTEXT=")]
        assert told == [f"TRANSFER_CONTEXT={wanted}"], name
        seen.add(name)
    assert seen >= {"6001", "7001", "demo-carrier", dialplan.SELFTEST_CALLER}
    contexts = parse(await asterisk.instance.rx("dialplan show"))
    assert (contexts[dialplan.NO_TRANSFER].steps, contexts[dialplan.NO_TRANSFER].includes) == (
        [], [],
    )  # fmt: skip
    assert contexts[dialplan.REFER].steps != []


def _conf(asterisk: ParleyAsterisk) -> Sections:
    return read_conf((asterisk.layout.folders.etc / "pjsip.conf").read_text())
