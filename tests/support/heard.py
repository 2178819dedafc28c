"""Calls in which people say something, and what is heard of it, for tests of hearing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from agent_softphone.remote_call import Call
from core.events import Event
from media.demo.utterances import FOLDER
from tests.support.installation import AgentDesk, Centre
from tests.support.talk import Talk
from tests.support.wait import until

ON = {"hearing.enabled": "true", "hearing.workers": "1"}
PATIENCE = 60.0  # seconds; a busy machine
_TIMES = 5

T = TypeVar("T")

needs_speech = pytest.mark.skipif(
    importlib.util.find_spec("ctranslate2") is None, reason="the extra 'speech' is missing"
)


def said(name: str, language: str = "en") -> Path:
    """A sentence of the demo as sound, e.g. ``customer-lost-card``."""
    return FOLDER / language / f"{name}.wav"


async def connected(centre: Centre, agent: str | AgentDesk = "alice", number: str = "4000") -> Talk:
    """A talk whose phones say nothing yet."""
    desk = agent if isinstance(agent, AgentDesk) else await centre.agent(agent)
    caller = await centre.call(number)
    incoming = await desk.phone.next_incoming()
    await incoming.answer()
    contact = await centre.contact_of(desk.id)
    await centre.wait_state(contact, "connected")
    return Talk(centre, contact, caller, incoming, desk)


def heard(centre: Centre, type_: str, *, leg: str | None = None) -> list[Event]:
    """The events of that type so far."""
    return [e for e in centre.events if e.type == type_ and leg in (None, e.data.get("leg"))]


async def told(centre: Centre, type_: str, count: int = 1, *, leg: str | None = None) -> Event:
    """The last of the first ``count`` events of that type, once there are so many."""

    def look() -> Event | None:
        found = heard(centre, type_, leg=leg)
        return found[count - 1] if len(found) >= count else None

    return await _until(centre, look, f"{count} {type_} {leg or ''}")


async def final(centre: Centre, leg: str, *words: str) -> Event:
    """The first final of ``leg`` with all the words."""
    return await _until(centre, lambda: _final(centre, leg, words), f"{leg}: {words}")


async def speaks(centre: Centre, call: Call, name: str, leg: str, *words: str) -> Event:
    """Have ``call`` say the demo's sentence ``name``; its final. It is said again where a
    machine that is too busy put its text off until after the call."""
    for _ in range(_TIMES):
        put_off = len(heard(centre, "transcript.deferred", leg=leg))
        await call.play(said(name))

        def look(before: int = put_off) -> Event | bool | None:
            if len(heard(centre, "transcript.deferred", leg=leg)) > before:
                return True
            return _final(centre, leg, words)

        found = await _until(centre, look, f"{leg}: {words}")
        if isinstance(found, Event):
            return found
        await call.wait_played()
    raise AssertionError(f"{words} was put off {_TIMES} times")


def _final(centre: Centre, leg: str, words: tuple[str, ...]) -> Event | None:
    for event in heard(centre, "transcript.final", leg=leg):
        if all(word in event.data["text"].lower() for word in words):
            return event
    return None


async def _until(centre: Centre, look: Callable[[], T | None], what: str) -> T:
    try:
        return await until(look, PATIENCE, what)
    except AssertionError:
        texts = [(e.data["leg"], e.data["text"]) for e in heard(centre, "transcript.final")]
        raise AssertionError(f"{what}: not in {texts}") from None
