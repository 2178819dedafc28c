"""Who wants to hear of which events."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.log import get_logger
from sip.ami.messages import AmiEvent

log = get_logger(__name__)

EventCallback = Callable[[AmiEvent], None]
ANY = "*"


class Listeners:
    """Callbacks by event name, called in the order in which they were added."""

    def __init__(self) -> None:
        self._by_name: dict[str, tuple[EventCallback, ...]] = {}

    def add(self, names: str | Iterable[str], callback: EventCallback) -> Callable[[], None]:
        """Call ``callback`` with each event called one of ``names`` (``"*"``: with
        every event). Returns a function that takes it off again."""
        wanted = (names,) if isinstance(names, str) else tuple(names)
        for name in wanted:
            self._by_name[name] = (*self._by_name.get(name, ()), callback)

        def remove() -> None:
            for name in wanted:
                left = list(self._by_name.get(name, ()))
                if callback in left:
                    left.remove(callback)
                if left:
                    self._by_name[name] = tuple(left)
                else:
                    self._by_name.pop(name, None)

        return remove

    def wants(self, name: str) -> bool:
        """Whether an event called ``name`` has a listener at all."""
        return name in self._by_name or ANY in self._by_name

    def deliver(self, event: AmiEvent) -> None:
        """Call the listeners of ``event``; what one raises is logged and stays here."""
        callbacks = self._by_name.get(event.name, ())
        for callback in (*callbacks, *self._by_name.get(ANY, ())):
            try:
                callback(event)
            except Exception as error:
                log.error("ami.callback_failed", event_name=event.name, exc_info=error)
