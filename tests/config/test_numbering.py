"""Numbers in the forms that carriers and people write them."""

from __future__ import annotations

import pytest

from config.numbering import Numbering, NumberRule, plain

CN, GB, NOWHERE = Numbering(country="CN"), Numbering(country="GB"), Numbering()
MOBILE = "+8613800138000"


@pytest.mark.parametrize(
    "raw",
    [
        "+8613800138000", "008613800138000", "8613800138000", "13800138000",
        "tel:+8613800138000", "tel:+86-138-0013-8000", "sip:+8613800138000@carrier.example",
        "sip:+8613800138000;user=phone@x", "+8613800138000;npdi;rn=+8612345",
        "13800138000;user=phone",
        "+8613800138000;ext=12", "%2B8613800138000", " +86 138 0013 8000 ", "<+8613800138000>",
    ],
)  # fmt: skip
def test_one_number_many_forms(raw: str) -> None:
    assert CN.e164(raw) == MOBILE
    assert CN.same(raw, MOBILE)


def test_without_a_country_only_what_says_so_is_international() -> None:
    assert NOWHERE.e164("13800138000") == "13800138000"
    assert NOWHERE.e164("008613800138000") == MOBILE
    assert NOWHERE.e164("+8613800138000;rn=1") == MOBILE
    assert NOWHERE.forms("13800138000") == ("13800138000",)


@pytest.mark.parametrize(
    "raw", ["", "anonymous", "1\r\n2", "１２３", "+", "abc123", "12<b>", "+86x"]
)
def test_what_is_no_number(raw: str) -> None:
    assert plain(raw) == ""
    assert CN.e164(raw) == ""
    assert CN.forms(raw) == ()


def test_short_and_unknown_numbers_stay() -> None:
    for short in ("110", "95588", "4001", "6001"):
        assert CN.e164(short) == short
    assert CN.e164("+999123") == "+999123"


def test_national_forms_of_a_country_with_a_trunk_prefix() -> None:
    assert GB.e164("020 7946 0018") == "+442079460018"
    assert set(GB.forms("+442079460018")) == {
        "+442079460018", "00442079460018", "442079460018", "02079460018", "2079460018",
    }  # fmt: skip
    assert not CN.same("02079460018", "+442079460018")


def test_rules_come_first() -> None:
    """A carrier that puts 8 in front of national numbers, and one that sends area codes only."""
    carrier = Numbering(
        country="CN",
        rules=(
            NumberRule(prefix="8", length=12, strip=1),
            NumberRule(length=8, prepend="021"),
        ),
    )
    assert carrier.e164("813800138000") == MOBILE
    assert carrier.e164("62345678") == "+862162345678"


def test_foreign_and_premium() -> None:
    assert CN.is_foreign("00442079460018")
    assert not CN.is_foreign("13800138000")
    assert NOWHERE.is_foreign("+8613800138000")
    assert GB.is_premium("09098790000")
    assert not GB.is_premium("02079460018")


def test_hostile_input_takes_no_time() -> None:
    for raw in ("9" * 100_000, "+" * 100_000, ";" * 100_000, "%" * 100_000, "ext" * 50_000):
        CN.e164(raw)


@pytest.mark.parametrize(
    ("country", "number", "premium", "foreign"),
    [
        ("US", "18765551234", False, True),  # Jamaica has +1 too
        ("US", "+18095551234", False, True),
        ("US", "2125551234", False, False),
        ("CA", "18005551234", False, False),  # toll-free for all who share +1
        ("RU", "+77012345678", False, True),  # Kazakhstan has +7 too
        ("RU", "84951234567", False, False),
        ("US", "0114479111234567", False, True),  # a digit too many
        ("DE", "447911123456", False, True),  # without 00 it is German or British
        ("CN", "442079460018", False, True),
        ("GB", "00919876543210", False, True),  # 9198765432 is a premium number in Britain
        ("DE", "090012345678", True, True),
        ("GB", "090123456789", True, True),
        ("JP", "09901234567", True, True),
        ("CN", "5551234", False, False),
        ("CN", "95588", False, False),
        ("CN", "02162345678", False, False),
    ],
)
def test_the_kind_of_a_number(country: str, number: str, premium: bool, foreign: bool) -> None:
    numbering = Numbering(country=country)
    assert numbering.is_premium(number) is premium
    assert numbering.is_foreign(number) is foreign


def test_short_numbers_of_ones_own() -> None:
    assert CN.is_foreign("777777777")
    assert not Numbering(country="CN", short_numbers=("777777777",)).is_foreign("777777777")


def test_digits_that_a_route_puts_in_front() -> None:
    de = Numbering(country="DE")
    assert de.kind("9909001234567", "09001234567").premium
    assert de.kind("99090012345678", "090012345678").premium
    assert not de.kind("99021112345678", "021112345678").premium
    assert not CN.kind("02162345678", "62345678").international
