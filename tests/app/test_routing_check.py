"""What only the router can judge of a configuration, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from acd import capacity
from acd.model import Medium, Ordering, Strategy
from acd.requirement import parse
from app.directory import directory_of, policies_of
from app.routing_check import check_routing, load_checked
from config.capacity import Medium as ConfiguredMedium
from config.load import SAMPLE
from config.model import Settings
from config.problems import ConfigError
from config.queues import Ordering as ConfiguredOrdering
from config.queues import Strategy as ConfiguredStrategy
from tests.config.files import SMALL, loaded, write

QUEUE = "{skills: {cards: 3}}"
AGENT = '{extension: "6001", skills: {cards: 5}}'

# What replaces what in SMALL -> the message, and whether it is a mere warning.
CASES = {
    "unknown skill": (
        QUEUE,
        "{requires: skill.crads >= 3}",
        "parley.yaml:8: queues.cards.requires: There is no skill 'crads'. Perhaps 'cards' is "
        "meant.",
        False,
    ),
    "not a requirement": (
        QUEUE,
        '{requires: "cards = 3"}',
        "parley.yaml:8: queues.cards.requires: There is no = in requirements (column 7 of the "
        "requirement: cards = 3). Write ==.",
        False,
    ),
    "impossible": (
        QUEUE,
        "{requires: cards >= 5 and cards < 3}",
        "parley.yaml:8: queues.cards.requires: ",
        False,
    ),
    "unknown attribute of agents": (
        QUEUE,
        '{requires: agent.taem == "north"}',
        "parley.yaml:8: queues.cards.requires: Agents have no attribute 'taem'. Perhaps "
        "agent.team is meant.",
        False,
    ),
    "a skill misspelt is an attribute": (
        QUEUE,
        "{requires: crads >= 3}",
        "parley.yaml:8: queues.cards.requires: 'crads' is no skill",
        True,
    ),
    "nobody has it": (
        QUEUE,
        "{requires: cards >= 9}",
        "parley.yaml:8: queues.cards.requires: no agent meets this; contacts will wait in vain",
        True,
    ),
    "no contact fits": (
        AGENT,
        AGENT.replace("}}", "}, capacity: 5}"),
        "parley.yaml:10: agents.ann.capacity: no contact of any medium fits into this capacity; "
        "found 5; allowed: at least 10, and some 'most' above 0",
        False,
    ),
    "no call fits": (
        AGENT,
        AGENT.replace("}}", "}, capacity: 60}"),
        "parley.yaml:10: agents.ann.capacity: no call fits into this capacity; found 60; "
        "allowed: at least 100, or most: {voice: 0} if meant",
        True,
    ),
    "more at once than fit": (
        AGENT,
        AGENT.replace("}}", "}, most: {chat: 6}}"),
        "parley.yaml:10: agents.ann.most.chat: 6 at once need a capacity of 150; found 6; "
        "allowed: up to 4 with a capacity of 100",
        True,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_has_its_place(tmp_path: Path, case: str) -> None:
    old, new, message, warning = CASES[case]
    assert old in SMALL
    path = write(tmp_path, SMALL.replace(old, new))
    problems = check_routing(loaded(path))
    found = [p for p in problems if str(p).startswith(message)]
    assert [p.warning for p in found[:1]] == [warning], [str(p) for p in problems]
    if warning:
        assert load_checked(path, environ={}).warnings
    else:
        with pytest.raises(ConfigError) as error:
            load_checked(path, environ={})
        assert message in str(error.value)


def test_what_time_or_the_contact_decides_is_not_doubted(tmp_path: Path) -> None:
    for requires in ("cards >= 9 and waiting < 60 or cards >= 5", 'cards >= 9 and tier == "gold"'):
        text = SMALL.replace(QUEUE, f"{{requires: '{requires}'}}")
        assert check_routing(loaded(write(tmp_path, text))) == []


def test_the_sample_is_without_doubt() -> None:
    assert load_checked(SAMPLE, environ={}).warnings == ()


def test_defaults_are_the_routers() -> None:
    """``config`` cannot see ``acd``: its words and figures are written twice."""
    assert policies_of(Settings()) == capacity.DEFAULT
    assert {m.value for m in ConfiguredMedium} == {m.value for m in Medium}
    assert {s.value for s in ConfiguredStrategy} == {s.value for s in Strategy}
    assert {o.value for o in ConfiguredOrdering} == {o.value for o in Ordering}


def test_a_queue_and_an_agent_as_the_router_sees_them(tmp_path: Path) -> None:
    text = SMALL.replace(
        QUEUE,
        "{skills: {cards: 3}, requires: 'cards >= 4 or agent.team == \"north\"', ageing: 2, "
        "strategy: weighted, ordering: service_level, wrap_up: {task: 5}, last_agent_seconds: 9, "
        "transfer_back_after_seconds: 7, "
        "relax: [{after_seconds: 30, drop: [cards]}], longest_expected_wait_seconds: 600, "
        "call_back: {attempts: 2, retry_seconds: 60}, "
        "overflow: {after_seconds: 300, after: voicemail}}",
    )
    text = text.replace(
        AGENT,
        '{extension: "6001", skills: {cards: 5}, team: north, experience: 4, weight: 2, '
        "capacity: 200, most: {voice: 2}, attributes: {grade: senior, floor: 3}, "
        "wrap_up_seconds: 15}",
    )
    directory = directory_of(loaded(write(tmp_path, text)).settings)
    queue, agent = directory.queue("cards"), directory.agent("ann")
    assert queue.requires == parse('cards >= 4 or agent.team == "north"', ["cards"])
    assert (queue.ageing, queue.strategy, queue.ordering) == (2, "weighted", "service_level")
    assert queue.wrap_up_of(Medium.TASK) == 5
    assert queue.wrap_up_of(Medium.VOICE) == 30
    assert [(r.after, r.drop) for r in queue.relax] == [(30, ("cards",))]
    assert (queue.longest_expected_wait, queue.last_agent_seconds) == (600, 9)
    assert queue.transfer_back_after == 7
    assert (queue.call_back_attempts, queue.call_back_retry_seconds) == (2, 60)
    assert (queue.overflow_after, queue.overflow_to.kind, queue.overflow_to.name) == (
        300, "flow", "cards.after",
    )  # fmt: skip
    assert dict(agent.attributes) == {
        "grade": "senior", "floor": 3, "team": "north", "id": "ann", "experience": 4,
    }  # fmt: skip
    assert (agent.capacity, agent.most, agent.weight) == (200, {Medium.VOICE: 2}, 2)
    assert agent.wrap_up_seconds == 15


def test_whom_call_backs_may_reach(tmp_path: Path) -> None:
    text = SMALL + (
        "routes:\n  national: {pattern: 90ZX., trunk: carrier, strip: 1}\n"
        "  abroad: {pattern: 900ZX., trunk: carrier, strip: 1}\n"
        'call_backs: {prefix: "90", routes: [national]}\n'
    )
    text = text.replace("{secret: trunk-carrier}", "{secret: trunk-carrier, carrier: {host: a.b}}")
    settings = loaded(write(tmp_path, text)).settings
    assert settings.dialled_for("13800000001") == "9013800000001"
    assert settings.dialled_for("0441234567") is None  # abroad, where call-backs do not go
    assert settings.dialled_for("") is None
