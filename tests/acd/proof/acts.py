"""What a person, a medium or a supervisor can do: each act is a few numbers.

An act that finds nobody to act on does nothing, so that which acts are drawn never
depends on how fast the server was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from acd.model import EndReason, Medium
from tests.acd.proof.centre import Centre
from tests.acd.proof.firm import AGENTS, MEDIA, QUEUES, WISHES
from tests.acd.proof.world import Line

MOST_LINES = 28
_WISHES = tuple(WISHES)


@dataclass(frozen=True, slots=True)
class Act:
    """``kind`` is a key of :data:`KINDS`; ``a``, ``b`` and ``c`` choose whom and how."""

    kind: str
    a: int
    b: int
    c: int


def _agent(pick: int) -> str:
    return AGENTS[pick % len(AGENTS)].id


def _queue(pick: int) -> str:
    return QUEUES[pick % len(QUEUES)].name


def _line(centre: Centre, pick: int) -> Line | None:
    lines = list(centre.world.lines.values())
    return lines[pick % len(lines)] if lines else None


def _joined(centre: Centre, pick: int) -> Line | None:
    lines = centre.world.joined()
    return lines[pick % len(lines)] if lines else None


async def _given_up(work: Coroutine[Any, Any, None], turns: int) -> None:
    """Whoever asks for ``work`` is gone after so many turns of the event loop."""
    task = asyncio.ensure_future(work)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def arrives(centre: Centre, act: Act) -> None:
    if len(centre.world.lines) >= MOST_LINES:
        return
    station = centre.station(act.a)
    medium = MEDIA[act.b % len(MEDIA)]
    queue = _queue(act.b // 7)
    line = centre.new_line(station, medium)
    attributes: dict[str, object] = {}
    if act.c % 7 == 0:
        attributes["complaint"] = True
    if act.c % 5 == 0:
        attributes["dedicated_agent"] = _agent(act.c // 5)
    skills = {"language.zh": 3} if act.c % 9 == 0 else None
    asks = _WISHES[act.c % 12] if act.c % 12 < len(_WISHES) else ""
    priority = act.c % 13 if act.c % 3 == 0 else None

    async def work() -> None:
        await station.router.contacts.open(
            medium=medium, channel="proof", contact_id=line.contact_id, address=line.contact_id,
            customer=f"customer-{act.c % 11}", attributes=attributes,
        )  # fmt: skip
        line.known = True
        if act.a % 6 == 0:
            await station.router.contacts.ivr_started(line.contact_id)
        await station.router.enqueue(
            line.contact_id, queue, skills=skills, asks=asks, priority=priority
        )

    station.do(work())


def leaves(centre: Centre, act: Act) -> None:
    if (line := _line(centre, act.a)) is not None:
        centre.leaves(line)


def moves(centre: Centre, act: Act) -> None:
    if (line := _line(centre, act.a)) is not None:
        router = centre.station(act.c).router
        centre.station(act.c).do(router.enqueue(line.contact_id, _queue(act.b)))


def says(centre: Centre, act: Act) -> None:
    station, agent = centre.station(act.c), _agent(act.a)
    router = station.router
    station.do((
        lambda: router.log_in(agent, ready=True),
        lambda: router.set_ready(agent),
        lambda: router.log_in(agent, ready=act.c % 2 == 0),
        lambda: router.set_ready(agent),
        lambda: router.wrap_up_done(agent),
        lambda: router.set_not_ready(agent, "break", wrap_up_first=act.c % 3 == 0),
        lambda: router.log_in(agent, ready=True),
        lambda: router.set_ready(agent),
        lambda: router.log_out(agent, wrap_up_first=act.c % 3 == 0),
        lambda: router.extend_wrap_up(agent, 5),
    )[act.b % 10]())  # fmt: skip


def answers(centre: Centre, act: Act) -> None:
    centre.answers(_agent(act.a), act.b)


def does_not_answer(centre: Centre, act: Act) -> None:
    outcome = ("timed_out", "rejected", "unreachable")[act.c % 3]
    centre.does_not_answer(_agent(act.a), outcome, act.b)


def hangs_up(centre: Centre, act: Act) -> None:
    centre.hangs_up(_agent(act.a), act.b)


def drops(centre: Centre, act: Act) -> None:
    """Answers and is gone before the bridge."""
    centre.answers(_agent(act.a), act.b)
    centre.drops(_agent(act.a))


def answers_an_old_offer(centre: Centre, act: Act) -> None:
    old = centre.world.answered
    if old:
        offer = old[-1 - act.a % min(len(old), 40)]
        line = centre.world.lines.get(offer.contact_id)
        if line is not None and (station := centre.of(line)) is not None:
            version = (None, offer.version, offer.version + 1)[act.b % 3]
            station.do(station.router.agent_answered(offer.id, version))


def in_conversation(centre: Centre, act: Act) -> None:
    line = _joined(centre, act.a)
    if line is None or (station := centre.of(line)) is None:
        return
    router, contact_id = station.router, line.contact_id
    by_device = act.b % 6 == 4
    if by_device and line.medium is not Medium.VOICE:
        return  # only telephones hold by themselves
    station.do((
        lambda: router.hold(contact_id),
        lambda: router.resume(contact_id),
        lambda: router.end(contact_id),
        lambda: router.end(contact_id, EndReason.TRANSFERRED_OUT),
        lambda: router.held(contact_id),
        lambda: router.contacts.set_disposition(contact_id, "sold"),
    )[act.b % 6]())  # fmt: skip
    if by_device:
        line.on_hold = True


def transfers(centre: Centre, act: Act) -> None:
    line = _joined(centre, act.a) if act.c % 3 else _line(centre, act.a)
    if line is None or (station := centre.of(line)) is None:
        return
    router, contact_id = station.router, line.contact_id
    if act.c % 2:
        work = router.transfer_to_queue(contact_id, _queue(act.b))
    else:
        work = router.transfer_to_agent(contact_id, _agent(act.b))
    station.do(_given_up(work, act.b) if act.c % 5 == 0 else work)


def consults(centre: Centre, act: Act) -> None:
    line = _joined(centre, act.a)
    if line is None or (station := centre.of(line)) is None:
        return
    router, second = station.router, _agent(act.b)

    async def work() -> None:
        if not line.on_hold:
            await router.hold(line.contact_id)
        await router.consult_started(line.contact_id, second if act.c % 4 else None)
        if act.c % 3 == 0:
            await router.consult_ended(line.contact_id)
        elif act.c % 3 == 1 and act.c % 4 and line.medium is Medium.VOICE:
            # Only telephones do so by themselves.
            await router.handed_over(line.contact_id, second)
            first = line.joined
            if first is not None and first != second and first in line.up:
                line.up[second] = line.up.pop(first)
            if first is not None:
                line.joined, line.on_hold = second, False

    station.do(work())


def supervises(centre: Centre, act: Act) -> None:
    line = _line(centre, act.a)
    if line is None:
        return
    router, contact_id = centre.station(act.c).router, line.contact_id
    centre.station(act.c).do((
        lambda: router.prioritise(contact_id, act.c % 40, by="sue"),
        lambda: router.assign(contact_id, _agent(act.c)),
        lambda: router.contacts.set_attributes(contact_id, {"complaint": act.c % 2 == 0}),
    )[act.b % 3]())  # fmt: skip


def agrees_call_back(centre: Centre, act: Act) -> None:
    line = _line(centre, act.a)
    if line is None or (station := centre.of(line)) is None:
        return

    async def work() -> None:
        await station.router.agree_call_back(line.contact_id, "+4930123")
        line.here = False
        await station.router.customer_left(line.contact_id, 16)

    centre.world.at_home = act.c % 3 > 0
    if line.here and line.medium is Medium.VOICE and line.joined is None:
        station.do(work())


def parks(centre: Centre, act: Act) -> None:
    line = _joined(centre, act.a) if act.b % 2 else _line(centre, act.a)
    if line is None or (station := centre.of(line)) is None:
        return
    if line.medium in (Medium.CHAT, Medium.SOCIAL, Medium.SMS):
        verb = station.router.park if act.b % 2 else station.router.unpark
        station.do(verb(line.contact_id))


def breaks(centre: Centre, act: Act) -> None:
    """A device, or a medium, does not work for a while; or it does again."""
    world, station = centre.world, centre.station(act.a)
    medium = MEDIA[act.b % len(MEDIA)]
    what = act.c % 6
    if what == 0:
        world.unreachable ^= {AGENTS[act.a % len(AGENTS)].device}
    elif what == 1:
        world.down ^= {(station.node, medium)}
    elif what == 2:
        station.router.suspend(medium)
        centre.disturbed = True
    else:
        world.unreachable.clear()
        world.down.clear()
        for one in MEDIA:
            station.router.resume_medium(one)
        centre.disturbed = True


KINDS: Mapping[str, tuple[int, Callable[[Centre, Act], None]]] = {
    "arrives": (24, arrives),
    "leaves": (7, leaves),
    "moves": (2, moves),
    "says": (24, says),
    "answers": (26, answers),
    "does not answer": (3, does_not_answer),
    "hangs up": (9, hangs_up),
    "drops": (1, drops),
    "answers an old offer": (2, answers_an_old_offer),
    "in conversation": (8, in_conversation),
    "transfers": (4, transfers),
    "consults": (3, consults),
    "supervises": (4, supervises),
    "agrees call-back": (2, agrees_call_back),
    "parks": (5, parks),
    "breaks": (2, breaks),
}
"""By name: how often (a share), and what."""


def perform(centre: Centre, act: Act) -> None:
    """Do it."""
    centre.counts[act.kind] += 1
    KINDS[act.kind][1](centre, act)
