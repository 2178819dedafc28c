"""Counting wrong passwords: when an address has failed too often."""

from __future__ import annotations

import pytest

from sip.guard.addresses import canonical, of_contact, remote, within
from sip.guard.failures import ATTACKED_TIMES, STRICT, Failures

LIMIT, WITHIN = 10, 600.0


def test_the_tenth_failure_within_the_time_is_one_too_many() -> None:
    failures = Failures(LIMIT, WITHIN)
    assert [failures.add("192.0.2.1", "6001", float(n)) for n in range(LIMIT)][-2:] == [False, True]
    assert not failures.add("192.0.2.2", "6001", 10.0), "each address on its own"


def test_old_failures_do_not_count() -> None:
    """A phone with a wrong password that tries every two minutes is no attacker."""
    failures = Failures(LIMIT, WITHIN)
    assert not any(failures.add("192.0.2.1", "6001", n * 120.0) for n in range(100))


def test_what_was_forgotten_begins_anew() -> None:
    failures = Failures(LIMIT, WITHIN)
    for n in range(LIMIT - 1):
        failures.add("192.0.2.1", "6001", float(n))
    failures.forget("192.0.2.1")
    assert not failures.add("192.0.2.1", "6001", 10.0)


def test_an_account_that_many_try_is_given_fewer_tries() -> None:
    failures = Failures(LIMIT, WITHIN)
    for n in range(LIMIT * ATTACKED_TIMES):
        failures.add(f"192.0.2.{n % 5}", "6001", float(n))
    now = float(LIMIT * ATTACKED_TIMES)
    assert failures.accounts_under_attack(now) == ["6001"]
    new = [failures.add("198.51.100.1", "6001", now) for _ in range(STRICT)]
    assert new == [False] * (STRICT - 1) + [True]
    assert not failures.add("198.51.100.2", "6002", now), "other accounts are not attacked"
    assert failures.accounts_under_attack(now + WITHIN + 1) == []


def test_memory_is_bounded() -> None:
    failures = Failures(LIMIT, WITHIN)
    for n in range(30_000):
        failures.add(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", None, float(n) / 1000)
    assert len(failures._addresses) == 10_000


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("IPV4/UDP/192.0.2.1/5060", "192.0.2.1"),
        ("IPV6/TCP/2001:db8:1:2:3::4/5060", "2001:db8:1:2::/64"),
        ("IPV6/TCP/[2001:db8:1:2:3::4]/5060", "2001:db8:1:2::/64"),
        ("IPV6/UDP/::ffff:192.0.2.1/5060", "192.0.2.1"),
        ("IPV4/UDP/192.0.2.1", None),
        ("IPV4/UDP/192.0.2.1\n/5060", None),
        ("IPV4/UDP/0.0.0.0/0/5060", None),
        ("", None),
    ],
)
def test_addresses_of_events(text: str, address: str | None) -> None:
    assert remote(text) == address


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sip:6001@192.0.2.1:5060", "192.0.2.1"),
        ("sip:6001@192.0.2.1;transport=tcp", "192.0.2.1"),
        ("sip:6001@[2001:db8::1]:5060", "2001:db8::/64"),
        ("sip:6001@phone.example.com:5060", None),
    ],
)
def test_addresses_of_contacts(uri: str, address: str | None) -> None:
    assert of_contact(uri) == address


def test_only_single_addresses_are_lifted() -> None:
    assert canonical("2001:db8::/64") == canonical("2001:db8::5") == "2001:db8::/64"
    assert canonical("10.0.0.0/8") is None
    assert canonical("10.0.0.1/32") == "10.0.0.1"


def test_networks_that_are_never_blocked() -> None:
    from ipaddress import ip_network

    nets = [ip_network("192.0.2.0/24"), ip_network("2001:db8::1/128")]
    assert within("192.0.2.77", nets)
    assert within("2001:db8::/64", nets)
    assert not within("198.51.100.1", nets)
