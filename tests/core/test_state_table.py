"""State machines as tables."""

from __future__ import annotations

from enum import StrEnum

import pytest

from acd.agent_states import PRESENCE
from acd.assignment_states import ASSIGNMENT_STATES
from acd.contact_states import CONTACT_STATES
from acd.offer_states import OFFER_STATES
from core.errors import Conflict
from core.state_table import IllegalTransition, StateTable


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    OFF = "off"


class Happening(StrEnum):
    GO = "go"
    STOP = "stop"
    FAIL = "fail"


LIGHTS = StateTable[Light, Happening](
    "light",
    Light.RED,
    {
        (Light.RED, Happening.GO): Light.GREEN,
        (Light.GREEN, Happening.STOP): Light.RED,
        (Light.RED, Happening.FAIL): Light.OFF,
    },
)


def test_legal_steps() -> None:
    assert LIGHTS.next(Light.RED, Happening.GO) is Light.GREEN
    assert LIGHTS.allows(Light.GREEN, Happening.STOP)
    assert not LIGHTS.allows(Light.GREEN, Happening.GO)


def test_an_illegal_step_says_what_would_be_legal() -> None:
    with pytest.raises(IllegalTransition) as error:
        LIGHTS.next(Light.RED, Happening.STOP)
    assert str(error.value) == "A light that is red cannot take 'stop'. Allowed now: fail, go."
    assert error.value.data == {"state": "red", "event": "stop"}
    assert isinstance(error.value, Conflict)


def test_the_end_is_the_end() -> None:
    with pytest.raises(IllegalTransition, match="nothing, it is over"):
        LIGHTS.next(Light.OFF, Happening.GO)


def test_the_diagram() -> None:
    assert LIGHTS.mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> red",
        "    red --> green: go",
        "    green --> red: stop",
        "    red --> off: fail",
        "    off --> [*]",
    ]


@pytest.mark.parametrize("table", [CONTACT_STATES, PRESENCE, ASSIGNMENT_STATES, OFFER_STATES])
def test_every_state_of_ours_can_be_reached_and_left_or_is_an_end(
    table: StateTable[StrEnum, StrEnum],
) -> None:
    states = set(type(table.initial))
    reached = {table.initial}
    while more := {t for (s, _), t in table.table.items() if s in reached} - reached:
        reached |= more
    assert reached == states
    events = {event for _, event in table.table}
    assert events == set(type(next(iter(events))))
