"""Only whole security events pass the manager's filter: what a stranger chooses in one
cannot add a header or another event."""

from __future__ import annotations

import re

import pytest

from sip.asterisk.generate.manager_conf import SECURITY, _whole


def _passes(name: str, text: str) -> bool:
    expression = _whole(name).replace("[:cntrl:]", r"\x00-\x1f\x7f")
    return re.search(expression, text, re.DOTALL) is not None


def _event(name: str, **values: str) -> str:
    heads = {**dict.fromkeys(SECURITY[name], "x"), **values}
    return f"Event: {name}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in heads.items()) + "\r\n"


@pytest.mark.parametrize("name", SECURITY)
def test_a_whole_event_passes(name: str) -> None:
    assert _passes(name, _event(name))


@pytest.mark.parametrize("name", SECURITY)
@pytest.mark.parametrize(
    "forged",
    [
        "a\r\nRemoteAddress: IPV4/UDP/192.0.2.1/1",
        "a\r\nLocalAddress: b\r\nRemoteAddress: IPV4/UDP/192.0.2.1/1",
        "a\r\n\r\nEvent: Hangup\r\nUniqueid: 1",
        "a\nb",
        "a\rb",
        "a\r\nLocalAddress: b\r\nRemoteAddress: IPV4/UDP/192.0.2.1/1\r\nUsingPassword: 1\r\n\r\n",
    ],
)
def test_a_forged_one_does_not(name: str, forged: str) -> None:
    for header in ("AccountID", "SessionID", "RemoteAddress"):
        assert not _passes(name, _event(name, **{header: forged}))
