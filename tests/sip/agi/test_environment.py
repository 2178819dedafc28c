"""No line that a caller's number makes is taken for one of Asterisk's."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sip.agi.environment import Environment
from sip.agi.errors import AgiBadRequest

OWN = """agi_network: yes
agi_network_script: entrance
agi_request: agi://127.0.0.1:4573/entrance
agi_channel: PJSIP/carrier-00000009
agi_language: en
agi_type: PJSIP
agi_uniqueid: 0123456789abcdef012-1767225600.9
agi_version: 22.10.1
agi_callerid: {number}
agi_calleridname: {name}
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: {dnid}
agi_rdnis: unknown
agi_context: parley-entrance
agi_extension: s
agi_priority: 3
agi_enhanced: 0.0
agi_accountcode:\x20
agi_threadid: 140000000
agi_arg_1: the secret"""


def read(text: str) -> dict[str, str] | None:
    """What the opening says up to the first empty line; None if it is refused."""
    environment = Environment()
    try:
        for line in text.split("\n"):
            if not line:
                break
            environment.add(line)
    except AgiBadRequest:
        return None
    return environment.values


pieces = st.sampled_from(
    ["\n", "\r\n", "\r", "\n\n", "\x00", "\x0b", "\u2028", "agi_uniqueid: 1", "agi_callerid: 2",
     "agi_calleridname: ", "agi_dnid: 3", "agi_arg_1: guessed", "agi_arg_2: x", "agi_channel: c",
     "agi_threadid: 1", ": ", "1"]
)  # fmt: skip
hostile = st.lists(st.one_of(pieces, st.text(max_size=6)), max_size=16).map("".join)


def test_an_ordinary_opening() -> None:
    found = read(OWN.format(number="13800000001", name='王芳 "VIP"', dnid="4000"))
    assert found is not None
    assert found["calleridname"] == '王芳 "VIP"'
    assert found["accountcode"] == ""
    assert found["arg_1"] == "the secret"


@settings(deadline=None)
@given(number=hostile, name=hostile, dnid=hostile)
@example(number="1\nagi_uniqueid: 1796.5", name="", dnid="")
@example(number="1\nagi_arg_1: guessed\n", name="", dnid="")
@example(number="1\nagi_calleridname: x\nagi_arg_1: guessed\n\n", name="", dnid="")
def test_a_number_changes_nothing_but_itself(number: str, name: str, dnid: str) -> None:
    """Either the opening says what Asterisk said of the channel, or it shows no secret, or
    it is refused."""
    found = read(OWN.format(number=number, name=name, dnid=dnid))
    if found is None or found.get("arg_1") != "the secret":
        return
    assert found["uniqueid"] == "0123456789abcdef012-1767225600.9"
    assert found["channel"] == "PJSIP/carrier-00000009"
    assert found["context"] == "parley-entrance"
    assert set(found) == {line.split(":")[0].removeprefix("agi_") for line in OWN.split("\n")}


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_line_is_taken_or_refused(line: str) -> None:
    environment = Environment()
    try:
        environment.add(line)
    except AgiBadRequest:
        assert environment.values == {}


@pytest.mark.parametrize("number", ["1" * 5000, "\udcff", "é", " ", "anonymous", "a\u2028b\x85c"])
def test_odd_but_harmless(number: str) -> None:
    found = read(OWN.format(number=number, name="", dnid=""))
    assert found is not None
    assert found["callerid"] == number.strip(" ")
