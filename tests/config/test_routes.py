"""Which numbers an outbound route takes."""

from __future__ import annotations

import pytest

from config.load import SAMPLE, load
from config.problems import ConfigError
from config.trunks import OutboundRoute


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        ("90ZX.", ["90123", "9012345678"], ["9012", "900123", "9", "90ZX1", "901234#"]),
        ("9N[1-3]X", ["9213", "9930"], ["9113", "9243", "92133"]),
        ("+86X.", ["+86213"], ["86213", "++86213", "+86", "+862"]),
        ("110", ["110"], ["1100", "11", "１１０"]),
        ("[147]X", ["10", "49"], ["20"]),
    ],
)
def test_a_pattern_takes_what_asterisk_would(
    pattern: str, taken: list[str], refused: list[str]
) -> None:
    route = OutboundRoute(pattern=pattern, trunk="carrier")
    assert [n for n in taken if not route.takes(n)] == []
    assert [n for n in refused if route.takes(n)] == []


def test_the_first_route_that_takes_a_number_is_its_route() -> None:
    settings = load(SAMPLE, environ={}).settings
    national = settings.route_of("902155550100")
    assert national is not None
    assert national.name == "national"
    assert settings.route_of("4001") is None


def test_no_feature_code_is_an_emergency_number() -> None:
    changed = {"outbound.emergency.numbers": "['112']", "feature_codes.pick_up": "11"}
    with pytest.raises(ConfigError, match="this feature code is also the emergency number 112"):
        load(SAMPLE, environ={}, overrides=changed)
