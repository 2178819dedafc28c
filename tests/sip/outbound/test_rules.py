"""Who may call what, by which trunks, showing which number: the rules alone."""

from __future__ import annotations

import pytest

from config.load import load
from config.model import Settings
from sip.outbound import (
    CallerIdNotAllowed,
    CallOut,
    NumberForbidden,
    NumberNotAllowed,
    OutboundRefused,
    OutboundRules,
    Plan,
    Purpose,
    RightMissing,
)
from tests.support.installation import CONFIG

SECOND = "{direction: out, carrier: {host: 127.0.0.1, port: 5091}, caller_id: '400222'}"
BASE = {
    "company.numbering": "{country: CN}",
    "trunks.second": SECOND,
    "routes.abroad": "{pattern: 8X., trunks: [second, demo-carrier], strip: 1, right: abroad}",
    "routes.outside": "{pattern: 9X., trunks: [demo-carrier, second], strip: 1, "
    "caller_id: '400111'}",
    "outbound.emergency": "{numbers: ['110', '120'], prefix: '9', trunks: [second, demo-carrier], "
    "caller_id: '400999'}",
    "outbound.forbidden": "[premium, '+881', '9400']",
    "outbound.guarded": "{mobile: ['+8613'], far: [international]}",
    "agents.alice.may_dial": "[abroad, far]",
    "agents.alice.caller_ids": "['400333', '400444']",
}


def settings(**more: str) -> Settings:
    given = {**BASE, **{key.replace("__", "."): text for key, text in more.items()}}
    return load(CONFIG, environ={}, overrides=given).settings


def decide(number: str, purpose: Purpose = Purpose.AGENT, agent: str | None = "alice",
           caller_id: str | None = None, **more: str) -> Plan:  # fmt: skip
    wanted = CallOut(number, purpose, agent, caller_id)
    return OutboundRules(settings(**more)).decide(wanted)


def test_trunks_in_the_order_of_the_route() -> None:
    plan = decide("902112345678", Purpose.TRANSFER)
    assert plan.route == "outside"
    assert [(way.trunk, way.number, way.caller_id) for way in plan.ways] == [
        ("demo-carrier", "02112345678", "400111"), ("second", "02112345678", "400111"),
    ]  # fmt: skip
    abroad = decide("800442071234567", Purpose.TRANSFER)
    assert [(way.trunk, way.caller_id) for way in abroad.ways] == [
        ("second", "400222"), ("demo-carrier", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["", "1", "4000", "6001", "5551234", "s", "911x", "110000"])
def test_what_no_route_takes(number: str) -> None:
    with pytest.raises(NumberNotAllowed):
        decide(number)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("900881612345678", "+881 (satellites), however it is written"),
        ("940012345", "as it is dialled"),
        ("900449098790000", "a premium number by the plan of its country"),
    ],
)
def test_forbidden_for_everybody(number: str, why: str) -> None:
    for purpose in Purpose:
        with pytest.raises(NumberForbidden):
            decide(number, purpose)


def test_a_right_is_the_agents_and_nobody_elses() -> None:
    assert decide("800442071234567").route == "abroad"
    for agent in ("bob", None):
        with pytest.raises(RightMissing):
            decide("800442071234567", agent=agent)
    with pytest.raises(RightMissing) as missing:
        decide("9013800138000")
    assert missing.value.data == {"right": "mobile"}
    # A number that the configuration names in a flow asks nobody's right; one that a caller
    # chose does.
    assert decide("9013800138000", Purpose.FLOW, agent=None).ways
    with pytest.raises(RightMissing):
        decide("9013800138000", Purpose.CALL_BACK, agent=None)


@pytest.mark.parametrize("number", ["110", "9110", "120", "9120"])
@pytest.mark.parametrize("agent", ["bob", None])
def test_emergency_always_goes(number: str, agent: str | None) -> None:
    plan = decide(number, Purpose.TRANSFER, agent, "123456", outbound__forbidden="['1', '9']")
    assert plan.emergency
    assert [(way.trunk, way.number, way.caller_id) for way in plan.ways] == [
        ("second", number[-3:], "400999"), ("demo-carrier", number[-3:], "400999"),
    ]  # fmt: skip
    assert all(way.max_calls > 10_000 for way in plan.ways)


def test_who_calls_us_cannot_have_us_call_the_police() -> None:
    with pytest.raises(NumberNotAllowed):
        decide("9110", Purpose.CALL_BACK, None)


def test_the_number_that_is_shown() -> None:
    def shown(purpose: Purpose, agent: str, caller_id: str | None = None) -> str:
        return decide("902112345678", purpose, agent, caller_id).ways[0].caller_id

    assert shown(Purpose.AGENT, "alice") == "400333"
    assert shown(Purpose.AGENT, "alice", "400444") == "400444"
    assert shown(Purpose.AGENT, "alice", "400111") == "400111"
    assert shown(Purpose.AGENT, "bob") == "400111"
    assert shown(Purpose.TRANSFER, "alice") == "400111"
    for agent, wanted in (("alice", "110"), ("bob", "400333")):
        with pytest.raises(CallerIdNotAllowed):
            shown(Purpose.AGENT, agent, wanted)


def test_variables_empty_those_of_an_earlier_call() -> None:
    variables = decide("902112345678", Purpose.TRANSFER).variables()
    assert variables["PARLEY_OUT_1"] == "demo-carrier:02112345678:400111:60:300"
    assert variables["PARLEY_OUT_2"] == "second:02112345678:400111:60:100"
    assert variables["PARLEY_OUT_3"] == variables["PARLEY_OUT_8"] == ""


def test_every_refusal_has_a_cause_and_a_prompt() -> None:
    for kind in _all(OutboundRefused):
        assert kind.prompt in ("call-not-allowed", "lines-busy", "number-not-reached")
        assert kind.cause > 0


def _all(kind: type[OutboundRefused]) -> list[type[OutboundRefused]]:
    return [kind, *(one for below in kind.__subclasses__() for one in _all(below))]
