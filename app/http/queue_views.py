"""What people see of queues, and who counts for which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from typing_extensions import TypedDict

from acd.agent_states import Presence
from acd.choice import ONLY, attributes
from acd.directory import Directory
from acd.errors import AgentNotFound
from acd.model import AgentConfig, QueueConfig
from acd.requirement import Requirement, failing
from acd.requirement.tree import Fact, Leaf, Match, Of
from app.http.expected_waits import ExpectedWaits
from app.http.queue_days import QueueDays
from app.http.views import WAITING, AgentView, ContactView, DayView
from config.queues import Queue


class QueueView(TypedDict):
    """A queue; ``oldest_at`` is since when the one who waits longest does. ``agents`` who
    meet what the queue asks for (before any relaxation) are logged in, ``ready`` of them
    would take a contact now. ``expected_wait`` is what one who enters now has to expect,
    in seconds; null: not known. ``ageing`` is in points of priority a minute."""

    name: str
    label: dict[str, str]
    strategy: str
    priority: int
    ageing: float
    requirement: str
    waiting: int
    call_backs: int
    oldest_at: float | None
    expected_wait: float | None
    ready: int
    agents: int
    target_percent: int
    target_seconds: float
    today: DayView


def queue_view(
    queue: Queue, config: QueueConfig, waiting: Iterable[ContactView],
    able: Iterable[AgentView], day: DayView, expected_wait: float | None,
) -> QueueView:  # fmt: skip
    """``queue`` with who waits in it and who is ``able`` to take them."""
    here = [a for a in able if a["presence"] != Presence.LOGGED_OUT]
    rows = list(waiting)
    return {
        "name": queue.name,
        "label": dict(queue.label.root),
        "strategy": config.strategy.value,
        "priority": config.priority,
        "ageing": config.ageing,
        "requirement": config.requirement.short,
        "waiting": len(rows),
        "call_backs": sum(c["call_back"] is not None for c in rows),
        "oldest_at": min((c["enqueued_at"] or c["created_at"] for c in rows), default=None),
        "expected_wait": expected_wait,
        "ready": sum(_takes_more(a) for a in here),
        "agents": len(here),
        "target_percent": queue.service_level.percent,
        "target_seconds": queue.service_level.seconds,
        "today": day,
    }


def _takes_more(agent: AgentView) -> bool:
    """Ready, and with room for something."""
    room = agent["capacity"]["used"] < agent["capacity"]["total"]
    return agent["presence"] == Presence.READY and room


class Tally:
    """Who waits in each queue and who could take them, kept up row by row, so that a
    change costs what it touches and not a walk over everybody."""

    def __init__(
        self, queues: Mapping[str, Queue], directory: Directory, days: QueueDays,
        waits: ExpectedWaits, known: dict[str, tuple[Mapping[str, int], frozenset[str]]],
    ) -> None:  # fmt: skip
        self._queues = queues
        self._directory = directory
        self._days = days
        self._waits = waits
        self._known = known  # agent -> skills and the queues these are enough for
        self._waiting: dict[str, dict[str, ContactView]] = {name: {} for name in queues}
        self._able: dict[str, dict[str, AgentView]] = {name: {} for name in queues}
        self._counts_for: dict[str, frozenset[str]] = {}
        self._touched: set[str] = set(queues)

    def contact(self, id_: str, old: ContactView | None, new: ContactView | None) -> None:
        """The row of a contact changed."""
        left = (old["queue"] or "") if old is not None else ""
        if left in self._waiting and id_ in self._waiting[left]:
            del self._waiting[left][id_]
            self._touched.add(left)
        if new is not None and new["state"] in WAITING and new["queue"] in self._waiting:
            self._waiting[new["queue"]][id_] = new
            self._touched.add(new["queue"])

    def agent(self, id_: str, new: AgentView | None) -> None:
        """The row of an agent changed."""
        before = self._counts_for.pop(id_, frozenset())
        after = self._suffices(id_, new["skills"]) if new is not None else frozenset()
        self._counts_for[id_] = after
        for name in before - after:
            self._able[name].pop(id_, None)
        for name in after:
            assert new is not None
            self._able[name][id_] = new
        self._touched |= before | after

    def touch_all(self) -> None:
        """The day's results or the expected waits changed."""
        self._touched = set(self._queues)

    def rows(self) -> dict[str, QueueView]:
        """Of the queues that were touched since the last time."""
        touched, self._touched = self._touched, set()
        return {
            name: queue_view(
                self._queues[name], self._directory.queue(name), self._waiting[name].values(),
                self._able[name].values(), self._days.of(name), self._waits.of(name),
            )
            for name in self._queues
            if name in touched
        }  # fmt: skip

    def _suffices(self, agent_id: str, skills: Mapping[str, int]) -> frozenset[str]:
        found = self._known.get(agent_id)
        if found is not None and found[0] == skills:
            return found[1]
        try:
            config = self._directory.agent(agent_id)
        except AgentNotFound:
            config = AgentConfig(id=agent_id, device="")
        names = frozenset(
            name
            for name in self._queues
            if _could_take(self._directory.queue(name).requirement, skills, config)
        )
        self._known[agent_id] = (dict(skills), names)
        return names


def _could_take(requirement: Requirement, skills: Mapping[str, int], config: AgentConfig) -> bool:
    """Whether the agent meets the requirement, for some contact at some time."""
    if any(skill.startswith(ONLY) and skill not in requirement.skills for skill in skills):
        return False
    clauses = failing(requirement, skills, attributes(config))
    return all(_of_contact(clause.leaf) for clause in clauses)


def _of_contact(leaf: Leaf | None) -> bool:
    return isinstance(leaf, Match) or (isinstance(leaf, Fact) and leaf.of is not Of.AGENT)
