"""The people of the day: what they can, when they are there."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from bench.day.world import DayAgent, DayQueue, Presence

_TEXT = {"chat": 3, "social": 2, "sms": 3, "email": 1}
_BLENDED = {"voice": 1, "email": 1}
_SHIFTS = (
    # share, from, to: hours after the first opening at nine, negative: since before
    (0.44, -0.5, 8.0),
    (0.26, -1.0, 7.0),
    (0.10, 1.0, 9.0),
    (0.12, 0.5, 4.5),
    (0.08, 3.5, 9.0),
)


def staff(
    seed: int, count: int, queues: Mapping[str, DayQueue], begin: float, end: float
) -> Sequence[DayAgent]:
    """``count`` agents; ``begin`` and ``end`` of what is replayed, in hours after nine.

    Homes are dealt out by the queues' shares of the work, so that staff and work fit
    roughly, as a planner makes them; what people can do besides is chance.
    """
    people = random.Random(f"staff/{seed}")
    homes = _dealt(people, count, queues)
    return [_agent(people, f"agent-{i:03d}", homes[i], begin, end) for i in range(count)]


def _dealt(people: random.Random, count: int, queues: Mapping[str, DayQueue]) -> Sequence[DayQueue]:
    """Somebody at least for each queue, the rest by share."""
    # Emails are done beside calls: their share of homes goes to voice.
    wanted = [queue for queue in queues.values() if queue.medium != "email"]
    total = sum(queue.share for queue in wanted)
    homes: list[DayQueue] = []
    owed = 0.0
    for queue in wanted:
        owed += queue.share / total * count
        while len(homes) < round(owed):
            homes.append(queue)
    people.shuffle(homes)
    return homes


def _agent(people: random.Random, name: str, home: DayQueue, begin: float, end: float) -> DayAgent:
    tenure = people.betavariate(1.6, 1.8)  # 0 a beginner, 1 an old hand

    def proficiency(least: int) -> int:
        return max(least, min(10, round(2 + 8 * tenure + people.gauss(0, 1))))

    skills = {skill: proficiency(least) for skill, least in home.skills.items()}
    crafts = ["support", "billing", "sales", "cards", "tech"]
    for craft in people.sample(crafts, people.choices([0, 1, 2], [0.35, 0.45, 0.2])[0]):
        skills.setdefault(craft, max(1, proficiency(1) - people.randint(0, 3)))
    if home.craft != "complaints" and tenure > 0.85:
        skills["complaints"] = proficiency(5)
    other = "language.en" if "language.zh" in skills else "language.zh"
    if people.random() < 0.3:
        skills[other] = people.randint(4, 9)
    media = _BLENDED if home.medium == "voice" else _TEXT
    return DayAgent(id=name, skills=skills, media=media, plan=_plan(people, begin, end))


def _plan(people: random.Random, begin: float, end: float) -> Sequence[tuple[float, Presence]]:
    """Shift and breaks, in seconds since ``begin``; late by a minute or two at times."""
    _, start, stop = people.choices(_SHIFTS, [shift[0] for shift in _SHIFTS])[0]
    points: list[tuple[float, Presence]] = [(start, Presence.READY)]

    pauses = [(start + 1.7, 15.0), (stop - 2.0, 15.0)]
    if stop - start > 5:
        pauses.append((people.choice((2.5, 3.0, 3.5, 4.0)), 40.0))  # lunch, in turns
    back = start
    for at, minutes in sorted(pauses):
        at += people.uniform(-0.25, 0.25)
        if back + 0.5 < at < stop - 0.75:
            back = at + (minutes + people.expovariate(1)) / 60
            points += [(at, Presence.BREAK), (back, Presence.READY)]
    points.append((stop, Presence.OUT))
    before = [presence for at, presence in points if at <= begin]
    plan: list[tuple[float, Presence]]
    plan = [(0.0, before[-1])] if before and before[-1] is not Presence.OUT else []
    plan += [((at - begin) * 3600, presence) for at, presence in points if begin < at < end]
    return plan
