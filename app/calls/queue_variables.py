"""What the dialplan of the queue needs to know of a queue, as channel variables."""

from __future__ import annotations

from config.model import Settings


def queue_variables(settings: Settings, queue: str) -> dict[str, str]:
    """Music and the interval of announcements; defaults for a queue that is gone."""
    config = settings.queues.get(queue)
    return {
        "PARLEY_MUSIC": config.music if config else "default",
        "PARLEY_ANNOUNCE_EVERY": f"{config.announce_every_seconds:g}" if config else "30",
    }
