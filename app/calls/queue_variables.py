"""What the dialplan of the queue needs to know of a queue, as channel variables."""

from __future__ import annotations

import math

from config.model import Settings
from config.queues import Queue

MUSIC = "PARLEY_MUSIC"
ANNOUNCE_EVERY = "PARLEY_ANNOUNCE_EVERY"


def queue_variables(settings: Settings, queue: str) -> dict[str, str]:
    """Music and the time to the first announcement; defaults for a queue that is gone."""
    config = settings.queues.get(queue)
    if config is None:
        return {MUSIC: "default", ANNOUNCE_EVERY: "30"}
    return {MUSIC: config.music, ANNOUNCE_EVERY: str(seconds_to_next_visit(config, 0.0))}


def seconds_to_next_visit(queue: Queue, waited: float) -> int:
    """How long the music plays until the app is asked again, for one who has
    ``waited`` seconds in this queue: the interval of announcements, or less when a
    call-back is to be offered before. Whole seconds, as MusicOnHold takes them."""
    seconds = float(queue.announce_every_seconds)
    if queue.call_back.offer_after_seconds is not None:
        left = queue.call_back.offer_after_seconds - waited
        if left > 0:
            seconds = min(seconds, left)
    return max(1, math.ceil(seconds))
