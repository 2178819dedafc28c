"""Who may call what, by which trunks, showing which number: the rules alone."""

from __future__ import annotations

import functools

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

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


def _rules_in(country: str, **more: str) -> OutboundRules:
    """Everything behind 0; premium forbidden, international guarded, alice without rights."""
    given = {
        "company__numbering": f"{{country: {country}}}",
        "routes__any": "{pattern: 0X., trunks: [second], strip: 1}",
        "outbound__guarded": "{far: [international]}",
        "outbound__forbidden": "[premium]",
        "agents__alice__may_dial": "[]",
        "routes__abroad": "{pattern: 7777X, trunk: second}",
        "routes__outside": "{pattern: 8888X, trunk: second}",
    }
    return OutboundRules(settings(**{**given, **more}))


def _in(country: str, number: str, **more: str) -> Plan:
    return _rules_in(country, **more).decide(CallOut(number, Purpose.AGENT, "alice"))


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("DE", "009001234567"), ("DE", "0090012345678"), ("DE", "0000442079460018"),
        ("GB", "009012345678"), ("GB", "0090123456789"), ("GB", "00919876543210"),
        ("US", "0011447911123456"), ("US", "00114479111234567"), ("US", "018765551234"),
        ("JP", "009901234567"), ("JP", "00990123456789"),
        ("RU", "088091234567"), ("RU", "0880912345678"), ("RU", "087012345678"),
    ],
)  # fmt: skip
def test_no_digit_too_many_gets_past(country: str, number: str) -> None:
    with pytest.raises((NumberForbidden, RightMissing)):
        _in(country, number)


def test_a_guarded_prefix_of_a_number_too_long() -> None:
    guarded = "{mobile: ['+4915']}"
    for number in ("0015112345678", "00151123456789999", "00049151123456789999"):
        with pytest.raises(RightMissing):
            _in("DE", number, outbound__guarded=guarded)
    assert _in("DE", "0021112345678", outbound__guarded=guarded).ways


def test_what_a_route_puts_in_front_hides_nothing() -> None:
    route = "{pattern: 0X., trunks: [second], strip: 1, prepend: '99'}"
    for number in ("009001234567", "0090012345678"):
        with pytest.raises(NumberForbidden):
            _in("DE", number, routes__any=route)
    way = _in("DE", "0021112345678", routes__any=route).ways[0]
    assert way.number == "99021112345678"


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("CN", "013800138000"), ("CN", "002162345678"), ("CN", "062345678"), ("CN", "095588"),
        ("DE", "0021112345678"), ("DE", "00049301234567"), ("GB", "002079460018"),
        ("US", "02125551234"), ("US", "012125551234"), ("JP", "00312345678"),
        ("RU", "084951234567"),
    ],
)  # fmt: skip
def test_what_everybody_may_call_still_goes_out(country: str, number: str) -> None:
    assert _in(country, number).ways


def test_international_with_the_right() -> None:
    far = "[far]"
    for number in ("000442079460018", "000919876543210"):
        assert _in("DE", number, agents__alice__may_dial=far).ways


def _refused(rules: OutboundRules, number: str) -> bool:
    try:
        rules.decide(CallOut(number, Purpose.AGENT, "alice"))
    except OutboundRefused:
        return True
    return False


_cached_rules = functools.cache(_rules_in)
_COUNTRIES = ("DE", "GB", "US", "JP", "RU", "FR", "CN")
_ABROAD = {"US": "011", "JP": "010", "RU": "810"}
_HOME = {"US": "1", "RU": "8", "CN": "0"}


@given(
    country=st.sampled_from(_COUNTRIES),
    premium=st.booleans(),
    more=st.text("0123456789", max_size=8),
    before=st.lists(st.sampled_from(("home", "0", "00", "abroad")), max_size=2),
    far=st.sampled_from(("442079460018", "33123456789", "18765551234", "8821612345")),
)
@hypothesis_settings(max_examples=300, deadline=None, derandomize=True)
def test_no_digit_before_or_after_lets_a_refused_number_out(
    country: str, premium: bool, more: str, before: list[str], far: str
) -> None:
    """Whatever comes after it, and whatever prefix a carrier takes off in front."""
    example = phonenumbers.example_number_for_type(
        country, phonenumbers.PhoneNumberType.PREMIUM_RATE
    )
    abroad, home = _ABROAD.get(country, "00"), _HOME.get(country, "0")
    if premium and example is not None:
        number = home + phonenumbers.national_significant_number(example)
    else:
        number = abroad + ("81312345678" if far.startswith("44") and country == "GB" else
                           "442079460018" if far.startswith("33") and country == "FR" else
                           far)  # fmt: skip
    rules = _cached_rules(country)
    assert _refused(rules, f"0{number}")
    taken_off = {"home": home, "0": "0", "00": "00", "abroad": abroad}
    assert _refused(rules, "0" + "".join(taken_off[one] for one in before) + number + more)
