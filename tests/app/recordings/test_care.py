"""Retention, holds and the change of keys over the API, with every trace in the audit."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from acd.model import EndReason, Medium
from app.recordings.retention import Retention
from config.media import Media
from config.model import Settings
from core import ids
from core.clock import to_epoch
from media.recording.finish import finalise
from media.recording.keys import KeyRing
from media.recording.sealed import key_of, rewrap
from media.recording.sound import open_sound
from tests.media.recording.sounds import noise, stereo
from tests.support.wait import eventually
from tests.support.web import WebHouse

DAY = 86_400.0


async def stored_contact(house: WebHouse) -> str:
    """One of the history."""
    contact_id = await house.customer()
    await house.router.finish(contact_id, EndReason.NO_INPUT)

    async def gone() -> bool:
        return contact_id not in await house.redis.smembers("test:contacts")

    await eventually(gone, "the contact is stored")
    return contact_id


async def recording(
    house: WebHouse, contact_id: str, *, days: float, ring: KeyRing | None = None, **more: Any
) -> tuple[str, Path]:
    """One that ended so many days ago: its id and file."""
    id_ = ids.new_id(ids.RECORDING)
    raw = house.recordings / "raw" / f"{contact_id}.{id_}.raw"
    raw.write_bytes(stereo(noise(1, -20), noise(1, -20)).tobytes())
    (house.recordings / contact_id).mkdir(exist_ok=True)
    made = finalise(raw, house.recordings / contact_id / f"{id_}.wav", recording_id=id_, ring=ring)
    ended = to_epoch(house.kept._clock.now()) - days * DAY
    note = {
        **made.facts(), "id": id_, "state": "finished", "queue": "cards", "ended_at": ended,
        "started_at": ended - 1, "path": str(made.path.relative_to(house.recordings)), **more,
    }  # fmt: skip
    await house.kept.ledger.keep(contact_id, note)
    raw.unlink()
    return id_, made.path


def keep(house: WebHouse, days: int, **queues: int) -> None:
    """The retention of the configuration, as if it had been written so."""
    old = house.settings
    recording_settings = old.media.recording.model_copy(update={"keep_days": days})
    changed = {
        name: old.queues[name].model_copy(update={"recordings_keep_days": own})
        for name, own in queues.items()
    }
    settings: Settings = old.model_copy(
        update={
            "media": Media(recording=recording_settings),
            "queues": {**old.queues, **changed},
        }
    )
    kept = house.kept
    kept.retention._settings = settings


async def post(client: aiohttp.ClientSession, path: str, status: int = 200, **body: Any) -> Any:
    async with client.post(path, json=body) as response:
        assert response.status == status, await response.text()
        return await response.json()


async def audited(client: aiohttp.ClientSession, action: str) -> list[dict[str, Any]]:
    """The entries of an action, oldest first, once nothing is pending."""
    page: dict[str, Any] = {}

    async def stored() -> bool:
        async with client.get(f"/api/audit?action={action}") as response:
            page.update(await response.json())
        return bool(page["entries"]) and page["pending"] == 0

    await eventually(stored, f"{action} in the audit")
    entries: list[dict[str, Any]] = page["entries"][::-1]
    return entries


async def test_what_is_too_old_goes_and_what_is_held_stays(web_house: WebHouse) -> None:
    contact, held = await stored_contact(web_house), await stored_contact(web_house)
    old, old_file = await recording(web_house, contact, days=31)
    _, young_file = await recording(web_house, contact, days=29)
    _, loans_file = await recording(web_house, contact, days=31, queue="loans")
    mine, held_file = await recording(web_house, held, days=400)
    client = await web_house.signed_in("grace.hill")
    assert (await post(client, "/api/recordings/sweep"))["deleted"] == 0  # kept for ever
    keep(web_house, 30, loans=0)
    hold: dict[str, Any] = {"reason": "Court order 17/26", "matter": "17/26"}
    placed = await post(client, f"/api/contacts/{held}/legal-hold", **hold)
    assert placed["held"] is True
    assert (await post(client, f"/api/contacts/{held}/legal-hold", 409, **hold))["code"] == (
        "already_held"
    )

    dry = await post(client, "/api/recordings/sweep", dry_run=True)
    assert (dry["deleted"], dry["recordings"], dry["bytes"]) == (1, [old], 32_044)
    assert old_file.exists()
    swept = await post(client, "/api/recordings/sweep")
    assert (swept["deleted"], swept["failed"], swept["recordings"]) == (1, 0, [old])
    assert not old_file.exists()
    assert all(file.exists() for file in (young_file, loans_file, held_file))
    async with client.get(f"/api/recordings/{old}/details") as response:
        details = await response.json()
    assert (details["state"], details["deleted_why"]) == ("deleted", "retention")
    async with client.get(f"/api/recordings/{old}") as response:
        assert (response.status, (await response.json())["code"]) == (404, "recording_gone")
    (entry,) = await audited(client, "recording.delete_by_retention")
    assert (entry["who"], entry["target_id"], entry["outcome"]) == ("parley", contact, "done")
    assert entry["asked"] == {"recording": old, "keep_days": 30}

    await post(client, f"/api/contacts/{held}/legal-hold/release", reason="over", matter="17/26")
    assert (await post(client, "/api/recordings/sweep"))["recordings"] == [mine]
    assert not held_file.exists()
    placed, again = await audited(client, "contact.legal_hold")
    assert (placed["who"], placed["outcome"], placed["asked"]) == ("grace.hill", "done", hold)
    assert again["outcome"] == "already_held"
    (released,) = await audited(client, "contact.legal_hold.release")
    assert released["asked"] == {"reason": "over", "matter": "17/26"}
    async with client.get(f"/api/contacts/{held}/legal-hold") as response:
        found = await response.json()
    assert found["held"] is False
    assert [(h["placed_by"], h["released_by"]) for h in found["holds"]] == [
        ("grace.hill", "grace.hill")
    ]


async def test_holds_are_for_supervisors_and_need_a_reason(web_house: WebHouse) -> None:
    contact = await stored_contact(web_house)
    agent = await web_house.signed_in("wang.fang")
    path = f"/api/contacts/{contact}/legal-hold"
    assert (await post(agent, path, 403, reason="because"))["code"] == "not_allowed"
    client = await web_house.signed_in("grace.hill")
    assert (await post(client, path, 400))["code"] == "invalid_fields"
    assert (await post(client, path, 400, reason="x"))["code"] == "invalid_fields"
    assert (await post(client, f"{path}/release", 409, reason="over"))["code"] == "not_held"
    unknown = "/api/contacts/con_01K00000000000000000000000/legal-hold"
    assert (await post(client, unknown, 404, reason="court"))["code"] == "contact_not_found"
    # Also of a contact in progress.
    live = await web_house.customer("cards")
    assert (await post(client, f"/api/contacts/{live}/legal-hold", reason="court"))["held"]


async def test_a_deletion_that_was_interrupted_is_completed(web_house: WebHouse) -> None:
    contact = await stored_contact(web_house)
    first, first_file = await recording(web_house, contact, days=31)
    second, second_file = await recording(web_house, contact, days=31)
    keep(web_house, 30)
    await web_house.kept.ledger.claim(first)  # killed after the claim
    await web_house.kept.ledger.claim(second)
    second_file.unlink()  # killed after the file went
    swept = await web_house.kept.sweep.run()
    assert set(swept.recordings or []) == {first, second}
    assert not first_file.parent.exists()
    for id_ in (first, second):
        assert (await web_house.kept.ledger.get(id_)).state == "deleted"


async def test_one_that_cannot_be_deleted_keeps_no_other(web_house: WebHouse) -> None:
    contact = await stored_contact(web_house)
    bad, bad_file = await recording(web_house, contact, days=32)
    good, good_file = await recording(web_house, contact, days=31)
    keep(web_house, 30)
    beside = bad_file.with_name(f"{bad_file.name}.peaks")
    beside.unlink()
    (beside / "in the way").mkdir(parents=True)
    swept = await web_house.kept.sweep.run()
    assert (swept.deleted, swept.failed, swept.recordings) == (1, 1, [good])
    assert not good_file.exists()
    (beside / "in the way").rmdir()
    beside.rmdir()
    assert (await web_house.kept.sweep.run()).recordings == [bad]


async def test_messages_that_nobody_has_heard_are_kept(web_house: WebHouse) -> None:
    contact = await stored_contact(web_house)
    id_, file = await recording(web_house, contact, days=31, kind="voicemail")
    keep(web_house, 30)
    task = ids.CONTACT + id_.removeprefix(ids.RECORDING)
    await web_house.router.contacts.open(
        contact_id=task, medium=Medium.TASK, channel="voicemail", customer_number="",
        dialled_number="",
    )  # fmt: skip
    swept = await web_house.kept.sweep.run()
    assert (swept.deleted, swept.kept_back) == (0, 1)
    await web_house.router.finish(task, EndReason.NO_INPUT)

    async def gone() -> bool:
        return task not in await web_house.redis.smembers("test:contacts")

    await eventually(gone, "the task is over")
    assert (await web_house.kept.sweep.run()).recordings == [id_]
    assert not file.exists()


async def test_a_new_key_step_by_step(web_house: WebHouse) -> None:
    house, contact = web_house, await stored_contact(web_house)
    secrets = house.kept.keys._secrets
    client = await house.signed_in("grace.hill")
    rotate, forget = "/api/recording-keys/rotate", "/api/recording-keys/forget-old"
    async with client.post(rotate, json={"new": True}) as response:
        assert (await response.json())["code"] == "recordings_not_sealed"
    ring = KeyRing.new("first")
    secrets.put("recording-keys", ring.text())
    files = [(await recording(house, contact, days=n, ring=ring))[1] for n in range(5)]
    await recording(house, contact, days=1)  # not sealed
    async with client.get("/api/recording-keys") as response:
        assert await response.json() == {
            "encrypted": False, "current": "first", "keys": ["first"],
            "recordings": {"first": 5}, "unsealed": 1,
        }  # fmt: skip
    # Interrupted at once: one is done, and the next step makes no further key.
    step = await house.kept.rotation.step(new=True, seconds=0)
    assert (step["made"], step["done"], step["left"]) == (True, 1, 4)
    assert sorted(key_of(file) == "first" for file in files) == [False] + [True] * 4
    refused = await post(client, forget, 409)
    assert (refused["code"], refused["data"]) == ("recording_key_still_needed", {"left": 4})
    step = await post(client, rotate, new=True)
    current = step["current"]
    assert step == {"current": current, "made": False, "done": 4, "left": 0, "failed": {}}
    assert {key_of(file) for file in files} == {current}
    now_alone = await post(client, forget)
    assert (now_alone["keys"], now_alone["recordings"]) == ([current], {current: 5})
    only = KeyRing.parse(secrets.get("recording-keys").reveal())
    assert only.ids == [current]
    for file in files:
        sound = open_sound(file, only, file.name.split(".")[0])
        assert len(sound.read(0, 1 << 20)) == 32_044
        sound.close()
    entries = await audited(client, "recording_keys.rotate")
    assert [e["who"] for e in entries] == ["grace.hill"] * 2


async def test_a_file_that_cannot_be_wrapped_keeps_no_other(web_house: WebHouse) -> None:
    contact = await stored_contact(web_house)
    ring = KeyRing.new("first")
    web_house.kept.keys._secrets.put("recording-keys", ring.text())
    _, bad = await recording(web_house, contact, days=1, ring=ring)
    _, good = await recording(web_house, contact, days=1, ring=ring)
    bad.write_bytes(b"rubbish")
    step = await web_house.kept.rotation.step(new=True)
    assert (step["done"], step["left"], step["failed"]) == (1, 1, {"recording_truncated": 1})
    assert key_of(good) == step["current"]


async def test_killed_between_file_and_ledger(web_house: WebHouse) -> None:
    contact = await stored_contact(web_house)
    ring = KeyRing.new("first")
    secrets = web_house.kept.keys._secrets
    secrets.put("recording-keys", ring.text())
    _, file = await recording(web_house, contact, days=1, ring=ring)
    newer = ring.with_new("second")
    secrets.put("recording-keys", newer.text(), instead_of=ring.text())
    await asyncio.to_thread(rewrap, file, newer)
    step = await web_house.kept.rotation.step(new=False)
    assert (step["done"], step["left"]) == (1, 0)


@pytest.mark.parametrize(("company", "own", "days"), [(0, None, 0), (9, None, 9), (9, 0, 0)])
def test_a_queue_may_say_otherwise(
    web_house: WebHouse, company: int, own: int | None, days: int
) -> None:
    keep(web_house, company, **({} if own is None else {"cards": own}))
    retention: Retention = web_house.kept.retention
    assert retention.days("cards") == days
    assert retention.days(None) == retention.days("nowhere") == company
