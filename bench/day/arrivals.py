"""The customers of the day: when they come, what for, how long they stay and talk.

Arrivals are a Poisson process whose rate follows the habits of the medium and, as in
every real centre, varies more than Poisson allows: the whole day is busier or calmer
than planned, and so is each half hour (gamma factors).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence

from bench.day.queues import HABITS, Habits
from bench.day.world import COST, INTERRUPTIBLE, DayAgent, DayContact, DayQueue, Presence, speed_of

_DAY_SPREAD, _HALF_HOUR_SPREAD = 0.05, 0.12  # coefficients of variation
_HALF_HOUR = 1800.0
_OCCUPANCY = 0.86  # of the agents' time, that the planner reckoned with
OPENS = 9.0


def customers(
    seed: int,
    queues: Mapping[str, DayQueue],
    agents: Sequence[DayAgent],
    begin: float,
    end: float,
) -> Sequence[DayContact]:
    """As many as keep ``agents`` as busy as was planned, in order of arrival. ``begin``
    and ``end``: hours after nine."""  # fmt: skip
    contacts: list[DayContact] = []
    work = _OCCUPANCY * _staffed(agents, (end - begin) * 3600)
    for queue in queues.values():
        people = random.Random(f"customers/{seed}/{queue.name}")
        share = 1.0 if queue.medium in INTERRUPTIBLE else COST[queue.medium] / 100
        taken = (queue.handling * speed_of(6) + queue.wrap_up + 6) * share
        count = queue.share * work / taken
        contacts += _of_queue(people, queue, count, begin, end)
    contacts.sort(key=lambda contact: (contact.at, contact.id))
    return contacts


def _staffed(agents: Sequence[DayAgent], seconds: float) -> float:
    """Seconds of all agents together in which they are ready by plan."""
    total = 0.0
    for agent in agents:
        ends = [at for at, _ in agent.plan[1:]] + [seconds]
        for (at, presence), until in zip(agent.plan, ends, strict=False):
            total += (until - at) * (presence is Presence.READY)
    return total


def _of_queue(
    people: random.Random, queue: DayQueue, count: float, begin: float, end: float
) -> Iterator[DayContact]:
    habits = HABITS[queue.medium]
    day = _gamma(people, _DAY_SPREAD)
    slots = [
        day * _gamma(people, _HALF_HOUR_SPREAD)
        for _ in range(math.ceil((end - begin) * 3600 / _HALF_HOUR))
    ]
    # The planner spreads staff over the day; the height is relative to its mean.
    mean = sum(height(habits, OPENS + h / 20) for h in range(160)) / 160
    rate = count / ((end - begin) * 3600) / mean
    most = rate * max(height(habits, OPENS + h / 100) for h in range(800)) * max(slots)
    known: list[str] = []
    at, number = 0.0, 0
    while (at := at + people.expovariate(most)) < (end - begin) * 3600:
        factor = slots[int(at // _HALF_HOUR)]
        if people.random() * most < rate * factor * height(habits, OPENS + begin + at / 3600):
            number += 1
            yield _contact(people, queue, habits, f"{queue.name}-{number:05d}", at, known)
    if queue.medium == "email" and begin == 0:
        for night in range(round(0.08 * count)):
            yield _contact(people, queue, habits, f"{queue.name}-night-{night:04d}", 0.0, known)


def _contact(
    people: random.Random,
    queue: DayQueue,
    habits: Habits,
    name: str,
    at: float,
    known: list[str],
) -> DayContact:
    """One in twelve has been here today; one in twenty is a VIP."""  # fmt: skip
    again = bool(known) and people.random() < 0.08
    customer = people.choice(known) if again else f"customer-{name}"
    known.append(customer)
    vip = random.Random(f"vip/{customer}").random() < 0.05
    mean, shape = habits.patience
    sigma2 = math.log(1 + habits.spread**2)
    talk = people.lognormvariate(math.log(queue.handling) - sigma2 / 2, math.sqrt(sigma2))
    return DayContact(
        id=name, at=at, queue=queue.name, customer=customer,
        priority=queue.priority + (3 if vip else 0),
        patience=people.weibullvariate(mean / math.gamma(1 + 1 / shape), shape),
        ring=people.uniform(*habits.ring),
        talk=max(5.0, talk),
        wrap_up=people.expovariate(1 / queue.wrap_up),
        redials=people.uniform(120, 1200) if people.random() < habits.redial else None,
        ignored=people.random() < 0.004,
    )  # fmt: skip


def height(habits: Habits, hour: float) -> float:
    """Of the medium's day, at an hour of the clock."""
    return habits.floor + sum(
        top * math.exp(-(((hour - centre) / width) ** 2) / 2) for centre, top, width in habits.peaks
    )


def _gamma(people: random.Random, spread: float) -> float:
    """Of mean 1 and the coefficient of variation ``spread``."""
    return people.gammavariate(spread**-2, spread**2)
