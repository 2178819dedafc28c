"""Weighted capacity across media: what fits, what gives way, what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd import capacity
from acd.agent_states import AgentState
from acd.assignment_states import AssignmentState
from acd.contact_states import ContactState
from acd.model import Agent, AgentConfig, Assignment, Medium, QueueConfig, SegmentKind
from core.clock import ManualClock
from tests.acd.floor import MakeFloor

_A = AssignmentState
ANNA = AgentConfig(id="anna", device="1")
OPEN = QueueConfig(name="open", wrap_up_seconds=0)
SLOW = QueueConfig(name="slow", wrap_up_seconds=30)
VOICE, CHAT, SMS, EMAIL = Medium.VOICE, Medium.CHAT, Medium.SMS, Medium.EMAIL


def having(*hands: tuple[Medium, AssignmentState]) -> Agent:
    """An agent with this in hand."""
    now = ManualClock().now()
    return Agent(
        id="anna",
        device="1",
        assignments=[
            Assignment(
                contact_id=str(n), medium=m, weight=capacity.DEFAULT[m].weight, state=state,
                since=now,
            )
            for n, (m, state) in enumerate(hands)
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hands", "medium", "fits"),
    [
        ([], VOICE, True),
        ([(VOICE, _A.ACTIVE)], VOICE, False),
        ([(VOICE, _A.ACTIVE)], SMS, False),
        ([(CHAT, _A.ACTIVE)] * 3, CHAT, True),
        ([(CHAT, _A.ACTIVE)] * 4, CHAT, False),
        ([(CHAT, _A.ACTIVE)] * 4, SMS, False),
        ([(CHAT, _A.ACTIVE)] * 3, SMS, True),
        ([(CHAT, _A.OFFERED)] * 4, CHAT, False),  # what rings is reserved
        ([(CHAT, _A.WRAP_UP)] * 4, CHAT, False),
        ([(CHAT, _A.PARKED)] * 4, CHAT, True),  # what is put aside takes nothing
        ([(CHAT, _A.ACTIVE)], VOICE, False),
        ([(EMAIL, _A.ACTIVE)] * 3, VOICE, True),  # e-mail gives way to a call
        ([(EMAIL, _A.ACTIVE)] * 3, CHAT, True),
        ([(EMAIL, _A.ACTIVE)] * 10, CHAT, False),  # but not to a chat
        ([(EMAIL, _A.WRAP_UP)], VOICE, False),  # after-call work cannot be put aside
    ],
)
def test_what_fits(hands: list[tuple[Medium, AssignmentState]], medium: Medium, fits: bool) -> None:
    assert capacity.fits(having(*hands), ANNA, medium, capacity.DEFAULT) is fits


@pytest.mark.parametrize(
    ("most", "hands", "medium", "fits"),
    [
        ({CHAT: 1}, [], CHAT, True),
        ({CHAT: 1}, [(CHAT, _A.ACTIVE)], CHAT, False),
        ({CHAT: 1}, [(CHAT, _A.ACTIVE)], SMS, True),
        ({CHAT: 1}, [(CHAT, _A.PARKED)], CHAT, True),
        ({CHAT: 0}, [], CHAT, False),
    ],
)
def test_the_most_of_a_medium(
    most: dict[Medium, int], hands: list[tuple[Medium, AssignmentState]], medium: Medium, fits: bool
) -> None:
    config = AgentConfig(id="anna", device="1", most=most)
    assert capacity.fits(having(*hands), config, medium, capacity.DEFAULT) is fits


def test_half_an_agent_takes_no_calls() -> None:
    half = AgentConfig(id="anna", device="1", capacity=50)
    assert not capacity.fits(having(), half, VOICE, capacity.DEFAULT)
    assert capacity.fits(having((CHAT, _A.ACTIVE)), half, CHAT, capacity.DEFAULT)
    assert not capacity.fits(having(*[(CHAT, _A.ACTIVE)] * 2), half, SMS, capacity.DEFAULT)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Medium)), st.sampled_from([_A.ACTIVE, _A.PARKED])),
        max_size=12,
    )
)
def test_what_is_parked_for_a_call_makes_room_and_comes_back_when_there_is(
    hands: list[tuple[Medium, AssignmentState]],
) -> None:
    agent = having(*hands, (VOICE, _A.ACTIVE))
    interruptible = {m for m, policy in capacity.DEFAULT.items() if policy.interruptible}
    parked = capacity.to_park(agent, ANNA, capacity.DEFAULT)
    assert all(one.medium in interruptible and one.state is _A.ACTIVE for one in parked)
    for one in parked:
        one.state = _A.PARKED
    fixed = sum(
        one.weight
        for one in agent.assignments
        if one.medium not in interruptible and one.state is _A.ACTIVE
    )
    assert capacity.used(agent) <= max(ANNA.capacity, fixed)
    resumed = capacity.to_resume(agent, ANNA)
    room = ANNA.capacity - capacity.used(agent)
    assert sum(one.weight for one in resumed) <= max(0, room)
    left = [one for one in agent.assignments if one.state is _A.PARKED and one not in resumed]
    room -= sum(one.weight for one in resumed)
    assert all(one.weight > room for one in left)


async def test_an_agent_has_as_many_chats_as_fit_and_the_next_waits(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    chats = [await floor.comes("open", CHAT) for _ in range(5)]
    for chat in chats[:4]:
        assert await floor.takes(chat) == "anna"
    assert await floor.rung_for(chats[4]) is None
    await floor.goes(chats[1])  # capacity frees: who waits gets it at once
    assert await floor.rung_for(chats[4]) == "anna"


async def test_one_call_or_several_chats_never_both(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    chat = await floor.comes("open", CHAT)
    await floor.takes(chat)
    call = await floor.comes("open", VOICE)
    assert await floor.rung_for(call) is None
    other = await floor.comes("open", CHAT)
    assert await floor.rung_for(other) == "anna"  # the younger chat fits, the call does not
    await floor.goes(other)
    await floor.goes(chat)
    assert await floor.rung_for(call) == "anna"
    assert await floor.rung_for(await floor.comes("open", CHAT)) is None


async def test_an_agent_busy_with_email_is_offered_a_call_and_comes_back_to_it(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([OPEN, SLOW], [ANNA])
    await floor.ready("anna")
    letters = [await floor.comes("open", EMAIL) for _ in range(2)]
    for letter in letters:
        await floor.takes(letter)
    call = await floor.comes("slow", VOICE)
    assert await floor.rung_for(call) == "anna"
    # It only rings: nothing is put aside yet.
    assert [await floor.state(one) for one in letters] == [ContactState.CONNECTED] * 2
    floor.clock.advance(3)
    await floor.takes(call)
    assert [await floor.state(one) for one in letters] == [ContactState.PARKED] * 2
    agent = await floor.agent("anna")
    assert capacity.used(agent) == 100
    assert [a.state for a in agent.assignments] == [_A.PARKED, _A.PARKED, _A.ACTIVE]
    floor.clock.advance(60)
    await floor.goes(call)
    assert (await floor.agent("anna")).state is AgentState.WRAP_UP
    assert [await floor.state(one) for one in letters] == [ContactState.PARKED] * 2
    await floor.passes(30)
    assert [await floor.state(one) for one in letters] == [ContactState.CONNECTED] * 2
    contact = await floor.contact(letters[0])
    kinds = [(s.kind, s.agent_id) for s in contact.segments[2:]]
    assert kinds == [
        (SegmentKind.TALK, "anna"), (SegmentKind.PARKED, "anna"), (SegmentKind.TALK, "anna"),
    ]  # fmt: skip
    parked = contact.segments[3]
    assert parked.ended_at is not None
    assert (parked.ended_at - parked.started_at).total_seconds() == 90


async def test_who_was_on_hold_is_on_hold_again_when_the_agent_is_back(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    letter = await floor.comes("open", EMAIL)
    await floor.takes(letter)
    await floor.router.hold(letter)
    call = await floor.comes("open", VOICE)
    await floor.takes(call)
    assert await floor.state(letter) is ContactState.PARKED
    await floor.goes(call)
    await floor.passes(30)
    assert await floor.state(letter) is ContactState.HELD
    await floor.router.resume(letter)
    assert await floor.state(letter) is ContactState.CONNECTED


async def test_a_call_that_is_not_taken_puts_nothing_aside(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    letter = await floor.comes("open", EMAIL)
    await floor.takes(letter)
    call = await floor.comes("open", VOICE)
    assert await floor.rung_for(call) == "anna"
    await floor.refuses(call)
    assert await floor.state(letter) is ContactState.CONNECTED
    assert (await floor.agent("anna")).reason == "rejected"


async def test_the_author_of_a_parked_email_withdraws_it(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    letter = await floor.comes("open", EMAIL)
    await floor.takes(letter)
    call = await floor.comes("open", VOICE)
    await floor.takes(call)
    await floor.goes(letter)
    assert await floor.state(letter) is ContactState.ENDED
    assert [a.contact_id for a in (await floor.agent("anna")).assignments] == [call]


@pytest.mark.parametrize("medium", list(Medium))
async def test_rona_in_every_medium(make_floor: MakeFloor, medium: Medium) -> None:
    """The deadline passes: not ready, and the next one is asked; age stays."""
    floor = await make_floor([OPEN], [ANNA, AgentConfig(id="bo", device="2")])
    await floor.ready("anna", "bo")
    contact = await floor.comes("open", medium)
    entered = (await floor.contact(contact)).enqueued_at
    assert await floor.rung_for(contact) == "anna"
    await floor.passes(20)
    agent = await floor.agent("anna")
    assert (agent.state, agent.reason) == (AgentState.NOT_READY, "rona")
    assert await floor.rung_for(contact) == "bo"
    assert (await floor.contact(contact)).enqueued_at == entered


async def test_rona_of_one_chat_leaves_the_others(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    first, second = await floor.comes("open", CHAT), await floor.comes("open", CHAT)
    await floor.takes(first)
    await floor.refuses(second, "timed_out")
    agent = await floor.agent("anna")
    assert (agent.state, agent.presence.value, agent.reason) == (
        AgentState.BUSY, "not_ready", "rona",
    )  # fmt: skip
    assert await floor.state(first) is ContactState.CONNECTED
    assert await floor.rung_for(second) is None
    await floor.router.set_ready("anna")
    assert await floor.rung_for(second) == "anna"
