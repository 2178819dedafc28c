"""Two people talk at real phones, and what they say is there while they speak."""

from __future__ import annotations

import json
import re

import pytest

from acd.agent_states import AgentState
from media.vad.barge_in import By, Policy
from sip import verbs
from sip.voice.legs import Role
from tests.support.heard import (
    ON,
    PATIENCE,
    connected,
    final,
    heard,
    needs_speech,
    said,
    speaks,
    told,
)
from tests.support.installation import Installation
from tests.support.talk import answer
from tests.support.wait import eventually, until

pytestmark = [needs_speech, pytest.mark.timeout(240)]


async def test_both_sides_words_appear_and_stay(installation: Installation) -> None:
    centre = await installation(ON)
    talk = await connected(centre)
    await told(centre, "hearing.started", 2)
    offered = await speaks(centre, talk.agent, "agent-greeting", "agent", "help")
    asked = await speaks(centre, talk.caller, "customer-lost-card", "customer", "lost", "card")
    assert asked.contact_id == offered.contact_id == talk.contact_id
    assert (offered.agent_id, asked.agent_id) == ("alice", None)
    assert offered.data["at"] < asked.data["at"]
    assert asked.data["words"]
    log = await centre.server.live_log.read(talk.contact_id)
    assert [e.data["n"] for e in log] == list(range(1, len(log) + 1))
    kinds = {(e.type, e.data["leg"]) for e in log}
    for leg in ("customer", "agent"):
        assert {("hearing.started", leg), ("turn.started", leg), ("turn.ended", leg)} <= kinds
    # Each leg has its own side's words alone.
    assert not [e for e in heard(centre, "transcript.final", leg="agent") if "lost" in
                e.data["text"].lower()]  # fmt: skip
    # The mood of the customer alone is looked at.
    assert {e.data["leg"] for e in heard(centre, "emotion.read")} == {"customer"}
    await talk.caller.hangup()
    await talk.over()
    await told(centre, "hearing.stopped", 2)
    assert not [leg for leg in centre.server.legs if leg.role is Role.TAP]
    await centre.record(talk.contact_id)
    assert centre.server.keeping.writer is not None
    assert await centre.server.keeping.writer.drain(PATIENCE)
    lines = await centre.server.keeping.store.lines(talk.contact_id)
    assert [(line.leg, line.text) for line in lines if "lost" in line.text.lower()] == [
        ("customer", asked.data["text"])
    ]
    (found,) = await centre.server.keeping.store.search("lost my", leg="customer")
    assert found.contact_id == talk.contact_id


async def test_a_card_number_is_shown_and_stored_nowhere(installation: Installation) -> None:
    centre = await installation(ON)
    talk = await connected(centre)
    await told(centre, "hearing.started", 2)
    await speaks(centre, talk.agent, "agent-card", "agent", "card")
    await told(centre, "sensitive.expected", leg="customer")
    await speaks(centre, talk.caller, "customer-card-number", "customer", "card")
    found = await told(centre, "sensitive.found", leg="customer")
    assert found.data["kinds"] == ["card"]
    assert found.data["from"] < found.data["to"]
    await talk.caller.wait_played()
    await told(centre, "facts.found", leg="customer")
    await talk.caller.hangup()
    await talk.over()
    await told(centre, "hearing.stopped", 2)
    writer, store = centre.server.keeping.writer, centre.server.keeping.store
    await centre.record(talk.contact_id)
    assert writer is not None
    assert await writer.drain(PATIENCE)
    log = await centre.server.live_log.read(talk.contact_id, count=5000)
    kept = [
        *(json.dumps([e.data.get("text"), e.data.get("words")]) for e in log
          if e.type.startswith("transcript.")),
        *(json.dumps([line.text, line.words]) for line in await store.lines(talk.contact_id)),
        *(fact.value for fact in await store.facts(talk.contact_id)),
    ]  # fmt: skip
    # As text shows it, digits alone: no five of the number in a row, but its last four.
    for text in kept:
        words = "".join(json.loads(text)[0] or "" if text.startswith("[") else text)
        digits = re.sub(r"[^0-9]", "", words)
        for at in range(12):
            assert "4539148803436467"[at : at + 5] not in digits, text
    assert any("•" in text for text in kept)


async def test_nobody_is_heard_on_hold(installation: Installation) -> None:
    centre = await installation(ON)
    talk = await connected(centre)
    await told(centre, "hearing.started", 2)
    await centre.server.router.hold(talk.contact_id)
    await told(centre, "hearing.stopped", 2)
    await talk.caller.play(said("customer-new-card"))
    await talk.caller.wait_played()
    await centre.server.router.resume(talk.contact_id)
    await told(centre, "hearing.started", 4)
    spoken = await speaks(centre, talk.caller, "customer-lost-card", "customer", "lost")
    texts = [e.data["text"].lower() for e in heard(centre, "transcript.final", leg="customer")]
    assert not any("arrived" in text for text in texts)
    # One clock for the whole conversation, hold and all.
    assert spoken.data["at"] > heard(centre, "hearing.stopped")[0].data["at"]


async def test_who_takes_over_is_heard_and_recorded(installation: Installation) -> None:
    """Each tap is off before the recording of the next conversation begins."""
    centre = await installation(ON)
    talk = await connected(centre, "bob")
    await told(centre, "hearing.started", 2)
    await speaks(centre, talk.agent, "agent-one-moment", "agent", "moment")
    await centre.server.router.transfer_to_queue(talk.contact_id, "loans")
    await talk.agent.wait_state("disconnected")
    carol = await centre.agent("carol")
    second = await answer(centre, carol, talk.caller)  # both speak and hear each other
    await second.agent.stop_play()
    await told(centre, "hearing.started", 4)
    sorry = await speaks(centre, second.agent, "agent-sorry", "agent", "sorry")
    assert sorry.agent_id == "carol"
    await talk.caller.hangup()
    await second.over()
    await centre.wait_agent("carol", AgentState.WRAP_UP)
    await centre.server.router.wrap_up_done("carol")
    assert not [x for x in centre.log_lines if x["event"] == "recording.beside_another"]

    async def recorded() -> list[float] | None:
        rows = (await centre.record(talk.contact_id)).recordings
        done = [r.details for r in rows if r.details.get("state") == "finished"]
        return [d["levels"]["agent"]["rms_dbfs"] for d in done] if len(done) == 2 else None

    levels = await until(recorded, PATIENCE, "two recordings")
    assert min(levels) > -45


async def test_a_menu_hears_the_caller(installation: Installation) -> None:
    """Interrupted by speech, answered in words; the tap is off when the menu has ended."""
    centre = await installation(ON)
    assert centre.server.hearing is not None
    call = await centre.call("4000")  # nobody is there: they wait
    contact = await until(centre.contacts, 15, "the contact")
    contact_id = contact[0].id
    async with centre.server.hearing.menu_ears(contact_id, language="en") as ears:
        ears.prompt_began(Policy())
        await call.play(said("customer-lost-card"))
        barge = await ears.barged()
        assert barge is not None
        assert barge.by is By.SPEECH
        told_us = await ears.answer(10.0)
        assert told_us is not None
        assert "lost" in told_us.text.lower()
        assert told_us.start <= barge.at <= told_us.end
    assert not [leg for leg in centre.server.legs if leg.role is Role.TAP]
    customer = centre.server.legs.customer(contact_id)
    assert customer is not None

    async def free() -> bool:
        return not await verbs.is_hooked(centre.server.ami, customer.target)

    await eventually(free, "a free channel", seconds=5)
    shown = await final(centre, "customer", "lost")
    assert shown.contact_id == contact_id
    await call.hangup()
