"""The state machines, as their tables say: ``/api/states``."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from acd.agent_states import PRESENCE, AgentState
from acd.assignment_states import ASSIGNMENT_STATES
from acd.contact_states import CONTACT_STATES
from acd.offer_states import OFFER_STATES
from app.http.routes import Call, Needs, Route
from core.state_table import StateTable


class TransitionView(TypedDict):
    """``event`` leads from ``state`` to ``next``; what is not listed is an error."""

    state: str
    event: str
    next: str


class MachineView(TypedDict):
    """One state machine."""

    initial: str
    transitions: list[TransitionView]


class StatesView(TypedDict):
    """``agent`` is the presence, ``assignment`` an agent's part in one contact, and
    ``agent_states`` are the words that sum the two up."""

    contact: MachineView
    offer: MachineView
    agent: MachineView
    assignment: MachineView
    agent_states: list[str]


class StatesApi:
    """The route of the tables."""

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/states", needs=Needs.SIGNED_IN, handler=self._show,
                summary="The states of contacts, offers and agents, and what leads where",
                returns=StatesView,
            )
        ]  # fmt: skip

    async def _show(self, _call: Call) -> StatesView:
        return {
            "contact": _machine(CONTACT_STATES),
            "offer": _machine(OFFER_STATES),
            "agent": _machine(PRESENCE),
            "assignment": _machine(ASSIGNMENT_STATES),
            "agent_states": [state.value for state in AgentState],
        }


def _machine(table: StateTable[Any, Any]) -> MachineView:
    return {
        "initial": table.initial.value,
        "transitions": [
            {"state": state.value, "event": event.value, "next": following.value}
            for (state, event), following in table.table.items()
        ],
    }
