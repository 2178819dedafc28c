"""Two people talk at real phones, and what they say is there while they speak."""

from __future__ import annotations

import importlib.util

import pytest

from core.events import Event
from media.demo.utterances import FOLDER
from media.vad.barge_in import By, Policy
from sip import verbs
from sip.voice.legs import Role
from tests.support.installation import Centre, Installation
from tests.support.talk import Talk
from tests.support.wait import eventually, until

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("ctranslate2") is None, reason="the extra 'speech' is missing"
    ),
    pytest.mark.timeout(240),
]

ON = {"hearing.enabled": "true", "hearing.workers": "1"}
_PATIENCE = 60.0


async def connected(centre: Centre, number: str = "4000") -> Talk:
    """A talk whose phones say nothing yet."""
    desk = await centre.agent("alice")
    caller = await centre.call(number)
    incoming = await desk.phone.next_incoming()
    await incoming.answer()
    contact = await centre.contact_of("alice")
    await centre.wait_state(contact, "connected")
    return Talk(centre, contact, caller, incoming, desk)


def heard(centre: Centre, type_: str, *, leg: str | None = None) -> list[Event]:
    return [
        e for e in centre.events if e.type == type_ and leg in (None, e.data.get("leg"))
    ]  # fmt: skip


async def both_heard(centre: Centre, times: int = 1) -> None:
    await until(
        lambda: len(heard(centre, "hearing.started")) >= 2 * times, _PATIENCE, "both legs heard"
    )


async def final(centre: Centre, leg: str, *words: str) -> Event:
    """The first final of ``leg`` with all the words."""

    def look() -> Event | None:
        for event in heard(centre, "transcript.final", leg=leg):
            if all(word in event.data["text"].lower() for word in words):
                return event
        return None

    try:
        return await until(look, _PATIENCE, f"{leg}: {words}")
    except AssertionError:
        raise AssertionError([e.as_dict() for e in heard(centre, "transcript.final")]) from None


async def test_both_sides_words_appear(installation: Installation) -> None:
    centre = await installation(ON)
    talk = await connected(centre)
    await both_heard(centre)
    await talk.agent.play(FOLDER / "en" / "agent-greeting.wav")
    said = await final(centre, "agent", "help")
    await talk.caller.play(FOLDER / "en" / "customer-lost-card.wav")
    asked = await final(centre, "customer", "lost", "card")
    assert asked.contact_id == said.contact_id == talk.contact_id
    assert (said.agent_id, asked.agent_id) == ("alice", None)
    assert said.data["at"] < asked.data["at"]
    assert asked.data["words"]
    log = await centre.server.live_log.read(talk.contact_id)
    assert [e.data["n"] for e in log] == list(range(1, len(log) + 1))
    kinds = {(e.type, e.data["leg"]) for e in log}
    for leg in ("customer", "agent"):
        assert {("hearing.started", leg), ("turn.started", leg), ("turn.ended", leg)} <= kinds
        assert ("transcript.final", leg) in kinds
    # Their own side alone: nobody's words are on the other's leg.
    assert len(heard(centre, "transcript.final", leg="customer")) == len(
        [e for e in heard(centre, "transcript.final") if "lost" in e.data["text"].lower()]
    )
    await talk.caller.hangup()
    await talk.over()
    await until(lambda: len(heard(centre, "hearing.stopped")) == 2, _PATIENCE, "both let go")


async def test_a_menu_hears_the_caller(installation: Installation) -> None:
    """Interrupted by speech, answered in words; the tap is off when the menu has ended."""
    centre = await installation(ON)
    assert centre.server.hearing is not None
    call = await centre.call("4000")  # nobody is there: they wait
    contact = await until(centre.contacts, 15, "the contact")
    contact_id = contact[0].id
    async with centre.server.hearing.menu_ears(contact_id, language="en") as ears:
        ears.prompt_began(Policy())
        await call.play(FOLDER / "en" / "customer-lost-card.wav")
        barge = await ears.barged()
        assert barge is not None
        assert barge.by is By.SPEECH
        said = await ears.answer(10.0)
        assert said is not None
        assert "lost" in said.text.lower()
        assert said.start <= barge.at <= said.end
    assert not [leg for leg in centre.server.legs if leg.role is Role.TAP]
    customer = centre.server.legs.customer(contact_id)
    assert customer is not None

    async def free() -> bool:
        return not await verbs.is_hooked(centre.server.ami, customer.target)

    await eventually(free, "a free channel", seconds=5)
    told = await final(centre, "customer", "lost")
    assert told.contact_id == contact_id
    await call.hangup()
