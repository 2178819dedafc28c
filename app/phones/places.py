"""Who works at which phone. Most agents have one of their own; who logs in at a shared phone
is there until they log out or log in elsewhere."""

from __future__ import annotations

from acd.router import Router
from config.model import Settings
from core.events import Event


class Places:
    """What the agents' states say, in memory, so that it can be asked in passing. Give
    :meth:`on_event` to the bus."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._at: dict[str, str] = {}  # agent -> device, where it is not their own

    async def load(self, router: Router) -> None:
        """Read who is where."""
        self._at = {a.id: a.place for a in await router.store.agents() if a.place is not None}

    def on_event(self, event: Event) -> None:
        """Follow who moves."""
        if event.type == "agent.moved" and event.agent_id is not None:
            device = str(event.data["device"])
            if device == self._own(event.agent_id):
                self._at.pop(event.agent_id, None)
            else:
                self._at[event.agent_id] = device

    def device_of(self, agent_id: str) -> str:
        """Where the agent is rung."""
        return self._at.get(agent_id) or self._own(agent_id)

    def agent_at(self, device: str) -> str | None:
        """Who works at the phone: the one who logged in there, else its owner, unless they
        are elsewhere."""
        for agent_id, place in self._at.items():
            if place == device:
                return agent_id
        owner = self._settings.agent_of_extension(device)
        return owner.id if owner is not None and owner.id not in self._at else None

    def is_shared(self, device: str) -> bool:
        """Whether agents may log in at the phone."""
        return any(phone.extension == device for phone in self._settings.shared_phones.values())

    def _own(self, agent_id: str) -> str:
        agent = self._settings.agents.get(agent_id)
        return "" if agent is None else str(agent.extension)


def device_of_channel(channel: str) -> str:
    """The phone whose channel this is: the endpoint, which the phone cannot choose."""
    technology, _, name = channel.partition("/")
    return name.rpartition("-")[0] if technology == "PJSIP" else ""
