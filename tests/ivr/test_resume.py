"""A crash at any moment of a flow leaves the customer where they were.

A walk is run once in peace. Then again, killed at some node after some of the
answers given there, and continued by another engine from the kept state alone,
over new sockets, with the answers to that node given again. Both must come to the
same outcome by the same way, heard in the same words.
"""

from __future__ import annotations

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from config.load import SAMPLE
from ivr.flow import Flow, load_flow
from ivr.outcome import Outcome
from ivr.platform import Platform
from ivr.state import FlowState
from tests.ivr.talk import OFFICE, flow_of, platform_of, talk

RECEPTION = load_flow(SAMPLE.parent / "flows" / "reception.yaml")
SILENCE = [""] * 60  # whatever the walk is, this ends it

COLLECTING = flow_of("""
  first: {type: menu, prompts: [a], options: {1: card, 2: {next: first, set: {again: true}}},
          exhausted: gave-up}
  card: {type: collect, prompts: [b], variable: card, min_length: 2, max_length: 4,
         sensitive: false, confirm: {prompts: [c, {digits: card}]}, next: speak, exhausted: first-b}
  first-b: {type: goto, by: again, cases: {"True": end}, next: gave-up}
  speak: {type: say_number, number: position, next: wait}
  wait: {type: queue, queue: operator, language_skill: 2}
""")


def platform(flow: Flow) -> Platform:
    return platform_of(flow, hours={"always": OFFICE, "office": OFFICE})


async def run(
    flow: Flow, lines: list[str], start_at: FlowState | None = None
) -> tuple[Outcome, list[str], list[int], list[str]]:
    """The outcome, the path, how many answers were used before each node of it, and
    what the customer heard."""
    async with talk(flow, platform(flow), start_at=start_at) as here:
        used: list[int] = []
        keep = here.keep

        async def counting(state: FlowState) -> None:
            used.append(here.conversation.asked)
            await keep(state)

        here.keep = counting  # type: ignore[method-assign]
        outcome = await here.outcome(*lines)
        return outcome, here.path(), used, await here.said()


async def killed_at(
    flow: Flow, lines: list[str], node: int, answers: int
) -> tuple[FlowState, list[str]]:
    """Run until the ``node``-th node of the way has had its answers up to
    ``answers``, kill the engine there; what was kept, and the way so far."""
    async with talk(flow, platform(flow)) as here:
        here.conversation.hang_at = answers
        reached = asyncio.Event()
        keep = here.keep

        async def hanging(state: FlowState) -> None:
            await keep(state)
            if len(here.states) == node + 1 and here.conversation.asked == answers:
                reached.set()
                await asyncio.Event().wait()

        here.keep = hanging  # type: ignore[method-assign]
        running = asyncio.ensure_future(here.outcome(*lines))
        waits = [asyncio.ensure_future(e.wait()) for e in (reached, here.conversation.hangs)]
        await asyncio.wait([running, *waits], timeout=10, return_when=asyncio.FIRST_COMPLETED)
        assert not running.done()
        for task in (running, *waits):
            task.cancel()
        await asyncio.gather(running, *waits, return_exceptions=True)
        return FlowState.from_dict(json.loads(here.states[node])), here.path()[:node]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_killed_walk_through_the_sample_flow_ends_as_if_nothing_had_happened(
    data: st.DataObject,
) -> None:
    keys = st.sampled_from(["0", "1", "2", "3", "9", "9", "7", "", "hello"])
    asyncio.run(resumed_as_uninterrupted(RECEPTION, data, keys))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_killed_walk_through_collected_digits_ends_as_if_nothing_had_happened(
    data: st.DataObject,
) -> None:
    keys = st.sampled_from(["1", "1", "2", "12", "1234", "123#", "", "#", "99999"])
    asyncio.run(resumed_as_uninterrupted(COLLECTING, data, keys))


async def resumed_as_uninterrupted(
    flow: Flow, data: st.DataObject, keys: st.SearchStrategy[str]
) -> None:
    walk = data.draw(st.lists(keys, max_size=15), label="walk")
    lines = walk + SILENCE
    outcome, path, used, heard = await run(flow, lines)
    node = data.draw(st.integers(0, len(used) - 1), label="killed at node")
    after = used[node + 1] if node + 1 < len(used) else used[node]
    answers = data.draw(st.integers(used[node], max(used[node], after - 1)), label="answers")
    state, before = await killed_at(flow, lines, node, answers)
    assert state.node == path[node]
    resumed, rest, _, heard_again = await run(flow, lines[used[node] :], state)
    assert before + rest == path
    assert resumed == outcome
    assert heard_again == heard[len(heard) - len(heard_again) :]
