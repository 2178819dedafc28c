"""The formula: from how many come first to how long that takes. Pure.

With ``n`` contacts ahead and ``s`` busy places whose handling takes ``m`` seconds on
average, somebody is served every ``m / s`` seconds, and the last of the ``n`` goes, and
then we, after ``(n + 1) * m / s``: the queue-length predictor QL of Whitt, Predicting
Queueing Delays (1999). When customers give up, the queue is also shortened by them; with
``i`` still ahead the next one goes after ``1 / (s / m + D_i)``, where ``D_i`` is the rate
at which those ``i`` give up. Their patience depends on how long they have waited; as in
QLap of Ibrahim and Whitt, Real-Time Delay Estimation in Overloaded Multiserver Queues
with Abandonments (2009), the one ``j`` places ahead has waited ``j`` arrivals longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from acd.estimate_averages import Hazard

_STEPS = 24  # of one formula; longer queues are taken in larger steps


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Mean of the wait in seconds, and its squared coefficient of variation."""

    seconds: float
    variation: float


def reckon(
    ahead: float,
    places: float,
    handling: float,
    variation: float,
    *,
    joins: float = 0.0,
    leaving: Hazard | None = None,
    waited: float = 0.0,
) -> Reckoned:
    """The wait of a contact with ``ahead`` (whole or not) before it.

    ``places``: how many are served at once. ``handling``: mean seconds, ``variation``: its
    squared coefficient of variation. ``joins``: arrivals a second. ``leaving``: how readily
    they give up; None: nobody does. ``waited``: for how long the contact has waited already.
    """
    serve = places / handling
    # The departures from many places are like those of a Poisson process, whatever the
    # handling times; only after several rounds of all places their own spread shows.
    rounds = min(1.0, ahead / places)
    spread = 1 + (variation - 1) * rounds
    seconds = square = 0.0
    step = max(1.0, ahead / _STEPS)
    left = ahead
    while left > 0:
        size = min(step, left)
        rate = serve + _giving_up(left - (size - 1) / 2, joins, leaving, waited + seconds)
        seconds += size / rate
        square += size / rate**2
        left -= size
    seconds += 1 / serve
    square += 1 / serve**2
    if places < 2:
        # A single place is not found at the beginning of its work but in its midst.
        seconds += handling * (variation - 1) / 2
    return Reckoned(seconds, spread * square / seconds**2)


def _giving_up(count: float, joins: float, leaving: Hazard | None, age: float) -> float:
    """How many of ``count`` give up a second; the youngest of them waits for ``age``."""
    if leaving is None or count <= 0:
        return 0.0
    if joins <= 0:
        return count * (leaving.until(age + 1) - leaving.until(age))
    return joins * (leaving.until(age + count / joins) - leaving.until(age))


def quantile(seconds: float, variation: float, z: float) -> float:
    """Of a gamma distribution with that mean and squared coefficient of variation, at the
    ``z`` of the normal distribution (Wilson and Hilferty 1931)."""
    if variation <= 0:
        return seconds
    ninth = variation / 9
    return float(seconds * max(0.0, 1 - ninth + z * math.sqrt(ninth)) ** 3)
