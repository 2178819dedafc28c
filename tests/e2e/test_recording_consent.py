"""Consent to recording: who agrees is recorded, who refuses or says nothing is not, and the
proof of it is in the record."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest

from tests.support.installation import Installation
from tests.support.talk import answer


@pytest.mark.parametrize(
    ("keys", "consent", "recorded"),
    [("1", "agreed", True), ("2", "refused", False), ("", "no_answer", False)],
)
async def test_the_answer_decides(
    installation: Installation, keys: str, consent: str, recorded: bool
) -> None:
    centre = await installation()
    caller = await centre.call("4005")
    await caller.wait_state("confirmed")
    if keys:
        await caller.dtmf(keys)
    contact = (await centre.wait_event("contact.queued")).contact_id
    assert contact is not None
    talk = await answer(centre, await centre.agent("alice"), caller)
    await centre.server.worker.drain()  # whether to record has been decided
    await talk.caller.hangup()
    await talk.over()
    record = await centre.record(contact)
    kept = record.contact.attributes
    assert kept["recording_consent"] == consent
    assert kept["recording_consent_key"] == keys
    assert kept["recording_consent_language"] == "en"
    assert datetime.fromisoformat(kept["recording_consent_at"]).utcoffset() is not None
    text = centre.server.catalogue.texts["recording-notice"]["en"]
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    assert kept["recording_consent_said"] == f"recording-notice@{version}"
    assert bool(record.recordings) == recorded


async def test_a_queue_that_wants_consent_is_not_content_with_an_announcement(
    installation: Installation,
) -> None:
    centre = await installation({"queues.support.consent_required": "true"})
    caller = await centre.call("4000")  # a flow that does not ask
    talk = await answer(centre, await centre.agent("alice"), caller)
    await centre.server.worker.drain()
    await talk.caller.hangup()
    await talk.over()
    assert (await centre.record(talk.contact_id)).recordings == []
