"""Whose word is taken on where somebody asks from."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from app.http.client_address import ClientAddresses, networks_of, place_of

TRUSTED = ClientAddresses(("192.0.2.1", "10.0.0.0/8", "2001:db8:1::/48"))


def of(peer: str, *told: str) -> str:
    headers = CIMultiDict([("X-Forwarded-For", one) for one in told])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    return TRUSTED.of(request)


@pytest.mark.parametrize(
    ("peer", "told", "found"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # a stranger says so
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.1"], "198.51.100.1"),
        ("192.0.2.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # only what the proxy added
        ("192.0.2.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),  # in two lines
        ("192.0.2.1", ["198.51.100.1, 10.1.1.1"], "198.51.100.1"),  # two proxies in a row
        ("192.0.2.1", ["10.1.1.1"], "10.1.1.1"),
        ("192.0.2.1", ["198.51.100.1, nonsense"], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.1:1234"], "192.0.2.1"),
        ("192.0.2.1", [""], "192.0.2.1"),
        ("192.0.2.1", [", ".join(["10.0.0.1"] * 50)], "10.0.0.1"),
        ("::ffff:192.0.2.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8:1::5", ["2001:db8:9::7"], "2001:db8:9::7"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_of(peer: str, told: list[str], found: str) -> None:
    assert of(peer, *told) == found


def test_a_place_in_ipv6_is_a_site() -> None:
    assert place_of("2001:db8:0:1:aaaa::1") == place_of("2001:db8:0:1:bbbb::2")
    assert place_of("2001:db8:0:1::1") != place_of("2001:db8:0:2::1")
    assert place_of("::ffff:192.0.2.1") == place_of("192.0.2.1") == "192.0.2.1"
    assert place_of("fe80::1%eth0") == "fe80::/64"


def test_the_networks_of_a_place() -> None:
    assert networks_of(place_of("2001:db8:1:2ff::1")) == ["2001:db8:1:200::/56", "2001:db8:1::/48"]
    assert networks_of(place_of("::ffff:192.0.2.77")) == ["192.0.2.0/24"]
    assert networks_of(place_of("nonsense")) == networks_of("") == []
