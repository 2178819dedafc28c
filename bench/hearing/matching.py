"""Which words were made of which phrase, and how long after it was said.

Phrases are on the clock of the phones, what was heard on the conversation's. How far
these are apart is found from the ends of phrases and of turns: the distance that most
of them agree on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.hearing.listening import Came
from bench.hearing.stream import Said

SIDES = {"caller": "customer", "agent": "agent"}
_AGREE = 0.25  # seconds
_EDGE = 0.1  # an overlap shorter than this is none


@dataclass
class Understood:
    """One phrase. Seconds: ``final`` from the end of the phrase to the last text of it,
    ``turn`` to the news that its turn is over, ``partial`` from its beginning to the
    first partial text; None where none came."""

    side: str
    said: Said
    text: str = ""
    final: float | None = None
    turn: float | None = None
    partial: float | None = None
    deferred: bool = False
    engines: set[str] = field(default_factory=set)


def distance(said: Iterable[tuple[str, Said]], came: Sequence[Came]) -> float | None:
    """What to add to a time of the conversation for one of the phones; None if nothing
    agrees."""
    ended = [c for c in came if c.event.type == "turn.ended"]
    apart = sorted(
        each.ended - float(turn.event.data["end"])
        for side, each in said
        for turn in ended
        if turn.leg == SIDES[side]
    )
    best: list[float] = []
    for low, first in enumerate(apart):
        near = [value for value in apart[low:] if value - first <= _AGREE]
        if len(near) > len(best):
            best = near
    return median(best) if best else None


def understood(said: Sequence[tuple[str, Said]], came: Sequence[Came]) -> list[Understood]:
    """What became of each phrase (side, said) of one conversation."""
    apart = distance(said, came)
    return [_one(side, each, came, apart) for side, each in said]


def _one(side: str, said: Said, came: Sequence[Came], apart: float | None) -> Understood:
    found = Understood(side, said)
    if apart is None:
        return found
    texts: dict[int, str] = {}
    mine = [c for c in came if c.leg == SIDES[side]]
    numbers = {
        int(c.event.data["utterance"])
        for c in mine
        if c.event.type in ("transcript.final", "transcript.deferred") and _about(c, said, apart)
    }
    for each in mine:
        data, kind = each.event.data, each.event.type
        if kind == "turn.ended" and _about(each, said, apart):
            found.turn = max(found.turn or 0.0, each.at - said.ended)
        if data.get("utterance") not in numbers:
            continue
        if kind == "transcript.final":
            texts[data["utterance"]] = data["text"]
            found.engines.add(data["engine"])
            if data["text"]:
                found.final = each.at - said.ended
        elif kind == "transcript.corrected":
            texts[data["utterance"]] = data["text"]
        elif kind == "transcript.deferred":
            found.deferred = True
        elif kind == "transcript.partial" and found.partial is None:
            found.partial = each.at - said.began
    found.text = " ".join(text for _, text in sorted(texts.items()))
    return found


def _about(came: Came, said: Said, apart: float) -> bool:
    """Whether something with ``start`` and ``end`` is about a phrase."""
    start, end = (float(came.event.data[name]) + apart for name in ("start", "end"))
    return min(end, said.ended) - max(start, said.began) > _EDGE
