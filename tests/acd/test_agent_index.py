"""Set operations find the agents that looking at each of them finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from acd import choice
from acd.agent_index import AgentIndex
from acd.model import Agent, AgentConfig, Medium
from acd.placement import Asked
from acd.requirement import Requirement, parse

SKILLS = ("sales", "zh", "only.desk")
TEXTS = (
    "sales", "zh >= 4", "zh < 4", "sales in [2, 5]", "not sales", "sales >= 3 and zh >= 2",
    "sales or not zh", "agent.site == 'north'", "agent.site != 'north'", "agent.floor >= 2",
    "agent.floor in [1, 2.5]", "agent.night == true", "not agent.floor > 1",
    "(zh >= 3 and agent.site in ['north', 'south']) or (sales and agent.night == false)",
    "only.desk >= 1", "agent.experience >= 3", "agent.id == 'a1'", "waiting > 60 or zh",
    "agent.floor == 1 and agent.site < 'p'",
)  # fmt: skip
REQUIREMENTS = [parse(text, SKILLS) for text in TEXTS]

_skills = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 10))
_attributes = st.fixed_dictionaries(
    {},
    optional={
        "site": st.sampled_from(("north", "south", "west")),
        "floor": st.sampled_from((0, 1, 1.0, 2, 2.5, "1")),
        "night": st.sampled_from((True, False, 1, "true")),
    },
)
_changes = st.lists(
    st.tuples(
        st.integers(0, 12), st.none() | st.tuples(_skills, _attributes, st.integers(0, 6))
    ),
    min_size=1,
    max_size=40,
)  # fmt: skip


def fitting(agents: dict[str, tuple[Agent, AgentConfig]], asked: Requirement) -> set[str]:
    """By looking at each."""
    need = Asked(Medium.VOICE, asked)
    return {id_ for id_, one in agents.items() if choice.eligible(need, *one)}


@given(_changes, st.sampled_from(REQUIREMENTS))
def test_it_finds_whom_a_look_at_each_finds(
    changes: list[tuple[int, tuple[dict[str, int], dict[str, object], int] | None]],
    early: Requirement,
) -> None:
    index = AgentIndex()
    agents: dict[str, tuple[Agent, AgentConfig]] = {}
    for number, is_now in changes:
        id_ = f"a{number}"
        if is_now is None:
            agents.pop(id_, None)
            index.remove(id_)
        else:
            skills, attributes, experience = is_now
            config = AgentConfig(
                id=id_, device="", skills=skills, experience=experience,
                attributes=attributes,
            )  # fmt: skip
            agents[id_] = Agent(id=id_, device="", skills=skills), config
            index.put(*agents[id_])
        assert set(index.ids(index.able(early))) == fitting(agents, early)
    for asked in REQUIREMENTS:
        assert set(index.ids(index.able(asked))) == fitting(agents, asked), asked


def test_the_version_tells_when_an_answer_may_have_changed() -> None:
    index = AgentIndex()
    one = Agent(id="a", device="", skills={"sales": 3}), AgentConfig(id="a", device="")
    versions = [index.version]
    index.put(*one)
    versions.append(index.version)
    index.remove("a")
    versions.append(index.version)
    index.remove("a")
    assert versions == sorted(set(versions))
    assert index.version == versions[-1]
    assert index.bit("a") == 0
