"""What a replay amounts to: service level, waiting, abandonment, occupancy, fairness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from bench.day.loop import Outcome, Visit
from bench.support.report import percentile

HALF_HOUR = 1800.0
_SHORT = 5.0  # who gives up within that has not waited, and is counted nowhere
_AT_WORK = 3600.0  # agents with less on the day say nothing about fairness


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Voice contacts that came within it. ``at``: hour of the clock."""

    at: float
    arrived: int
    service_level: float  # per cent
    wait: float  # mean seconds of the answered


@dataclass(frozen=True, slots=True)
class DayFigures:
    """``row``: the table's columns. ``course``: the day. ``arrived``: all contacts by medium
    and half hour."""

    row: Mapping[str, Any]
    course: Sequence[HalfHour]
    arrived: Mapping[str, Sequence[int]]
    queues: Mapping[str, Mapping[str, Any]]


def gini(values: Sequence[float]) -> float:
    """0: all alike; towards 1: one has everything. 0 of nothing."""
    total = sum(values)
    if not values or total == 0:
        return 0.0
    ordered = sorted(values)
    count = len(ordered)
    weighted = sum((2 * i - count + 1) * value for i, value in enumerate(ordered))
    return weighted / (count * total)


def reckon(outcome: Outcome) -> DayFigures:
    """Figures of ``outcome``."""
    day = outcome.day
    by_queue: dict[str, list[Visit]] = defaultdict(list)
    for visit in outcome.visits:
        if visit.left_at is None or visit.left_at - visit.contact.at > _SHORT:
            by_queue[visit.contact.queue].append(visit)
    visits = [visit for some in by_queue.values() for visit in some]
    voice = [visit for visit in visits if day.queues[visit.contact.queue].medium == "voice"]
    text = [visit for visit in visits if day.queues[visit.contact.queue].medium != "voice"]
    normal = {name: queue.priority for name, queue in day.queues.items()}
    vips = [visit for visit in voice if visit.contact.priority > normal[visit.contact.queue]]
    others = [visit for visit in voice if visit.contact.priority <= normal[visit.contact.queue]]
    shares = [w.occupied / w.staffed for w in outcome.workers if w.staffed >= _AT_WORK]
    shares = shares or [0.0]
    staffed = sum(worker.staffed for worker in outcome.workers)
    asa = {
        name: _asa(some) for name, some in by_queue.items() if day.queues[name].medium == "voice"
    }
    row = {
        "n": len(visits),
        "SL %": _service_level(outcome, visits),
        "voice SL %": _service_level(outcome, voice),
        "voice ASA s": _asa(voice),
        "voice left %": _left(voice),
        "text left %": _left(text),
        "voice talk s": round(fmean(v.talked for v in voice if v.answered_at is not None), 1),
        "occ %": round(100 * sum(w.occupied for w in outcome.workers) / staffed, 1),
        "agents p5-p95": "-".join(f"{100 * percentile(shares, p):.0f}" for p in (5, 95)),
        "agents Gini": round(gini(shares), 3),
        "queues Gini": round(gini(list(asa.values())), 3),
        "worst ASA s": max(asa.values(), default=0.0),
        "VIP ASA s": _asa(vips),
        "others ASA s": _asa(others),
    }
    return DayFigures(row, _course(outcome, voice), _arrived(outcome), _queues(outcome, by_queue))


def _waits(visits: Iterable[Visit]) -> list[float]:
    return [v.answered_at - v.contact.at for v in visits if v.answered_at is not None]


def _asa(visits: Sequence[Visit]) -> float:
    waits = _waits(visits)
    return round(fmean(waits), 1) if waits else 0.0


def _left(visits: Sequence[Visit]) -> float:
    return round(100 * sum(v.left_at is not None for v in visits) / max(1, len(visits)), 1)


def _service_level(outcome: Outcome, visits: Iterable[Visit]) -> float:
    """Of all who were answered, gave up, or wait for longer than the target: answered in
    time. Per cent."""
    day, in_time, all_ = outcome.day, 0, 0
    for visit in visits:
        target = day.queues[visit.contact.queue].target
        end = visit.answered_at or visit.left_at
        if end is None and day.seconds - visit.contact.at <= target:
            continue  # not decided at closing time
        all_ += 1
        in_time += visit.answered_at is not None and visit.answered_at - visit.contact.at <= target
    return round(100 * in_time / max(1, all_), 1)


def _course(outcome: Outcome, voice: Sequence[Visit]) -> list[HalfHour]:
    slots: dict[int, list[Visit]] = defaultdict(list)
    for visit in voice:
        slots[int(visit.contact.at // HALF_HOUR)].append(visit)
    return [
        HalfHour(outcome.day.opens + slot / 2, len(some), _service_level(outcome, some), _asa(some))
        for slot, some in sorted(slots.items())
    ]


def _arrived(outcome: Outcome) -> dict[str, list[int]]:
    count = max(1, round(outcome.day.seconds / HALF_HOUR))
    found: dict[str, list[int]] = {}
    for visit in outcome.visits:
        medium = outcome.day.queues[visit.contact.queue].medium
        slot = min(count - 1, int(visit.contact.at // HALF_HOUR))
        found.setdefault(medium, [0] * count)[slot] += 1
    return dict(sorted(found.items(), key=lambda item: -sum(item[1])))


def _queues(
    outcome: Outcome, by_queue: Mapping[str, Sequence[Visit]]
) -> dict[str, Mapping[str, Any]]:
    return {
        name: {
            "contacts": len(some),
            "SL %": _service_level(outcome, some),
            "ASA s": _asa(some),
            "left %": _left(some),
        }
        for name, some in sorted(by_queue.items())
    }


def differences(one: Outcome, other: Outcome) -> int:
    """How many contacts did not get the same agent at the same time in both, or did not
    end alike."""
    found = [
        {v.contact.id: (v.agent, v.answered_at, v.left_at, v.state) for v in outcome.visits}
        for outcome in (one, other)
    ]
    return sum(found[0].get(id_) != found[1].get(id_) for id_ in {*found[0], *found[1]})
