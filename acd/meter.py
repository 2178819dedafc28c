"""Counts what the router does, from its own events, for Prometheus. (What is true at
a moment, such as who waits, is set where it is shown.)"""

from __future__ import annotations

from core import metrics
from core.events import Event, EventBus


def attach(bus: EventBus) -> None:
    """Count the events of ``bus`` from now on; once a process."""
    bus.listen(_count)


def _count(event: Event) -> None:
    if event.type == "contact.ended":
        labels = str(event.data["medium"]), str(event.data["reason"])
        metrics.contacts_total.labels(*labels).inc()
    elif event.type == "contact.connected" and "waited" in event.data:
        queue = str(event.data["queue"])
        metrics.queue_wait_seconds.labels(queue).observe(float(event.data["waited"]))
    elif event.type == "contact.answered":
        metrics.offers_total.labels("answered").inc()
    elif event.type == "contact.offer_failed":
        metrics.offers_total.labels(str(event.data["outcome"])).inc()
