"""``parley recordings`` against a running Parley, in processes of its own."""

from __future__ import annotations

import json
import wave
from pathlib import Path

from media.recording.keys import KeyRing
from tests.app.http.test_cli import parley
from tests.app.recordings.test_care import keep, recording, stored_contact
from tests.support.web import WebHouse


async def test_listed_shown_held_released_and_swept(web_house: WebHouse) -> None:
    state, contact = web_house.state_dir, await stored_contact(web_house)
    id_, file = await recording(web_house, contact, days=40, marks=["agent_silent"])
    status, out, err = await parley(state, "recordings", "list", "--contact", contact)
    assert (status, err) == (0, "")
    assert id_ in out
    assert "agent silent" in out
    status, out, _ = await parley(
        state, "recordings", "hold", contact, "--reason", "Court order", "--matter", "7/26"
    )
    assert (status, out) == (0, f"{contact} is held.\n")
    keep(web_house, 30)
    status, out, _ = await parley(state, "recordings", "sweep", "--dry-run")
    assert (status, out.split("\n")[0]) == (
        0, "0 would be deleted (0.0 MB), 0 kept back, 0 failed.",
    )  # fmt: skip
    status, out, _ = await parley(state, "recordings", "show", contact)
    assert status == 0
    assert "held (7/26) by operator since" in out
    assert "Court order" in out
    assert "kept until" in out
    status, _, err = await parley(state, "recordings", "release", contact, "--reason", "over")
    assert status == 1
    assert "not held" in err
    status, out, _ = await parley(
        state, "recordings", "release", contact, "--reason", "over", "--matter", "7/26"
    )
    assert (status, out) == (0, f"{contact} is not held any more.\n")
    status, out, _ = await parley(state, "recordings", "sweep", "--json")
    assert json.loads(out)["recordings"] == [id_]
    assert not file.exists()
    status, out, _ = await parley(state, "recordings", "show", id_)
    assert "deleted" in out


async def test_key_verified_and_exported(web_house: WebHouse, tmp_path: Path) -> None:
    state, contact = web_house.state_dir, await stored_contact(web_house)
    ring = KeyRing.new("first")
    web_house.kept.keys._secrets.put("recording-keys", ring.text())
    first, _ = await recording(web_house, contact, days=1, ring=ring)
    second, file = await recording(web_house, contact, days=2, ring=ring)
    status, out, err = await parley(state, "recordings", "rotate-key")
    assert (status, err) == (0, "")
    assert ": 2 done, 0 left" in out
    assert "Older keys are kept: first" in out
    status, out, _ = await parley(state, "recordings", "rotate-key", "--forget-old", "--json")
    keys = json.loads(out)
    assert (status, len(keys["keys"]), keys["recordings"]) == (0, 1, {keys["current"]: 2})
    status, out, _ = await parley(state, "recordings", "verify")
    assert (status, out) == (0, "2 whole, 0 not.\n")

    target = tmp_path / "out"
    status, out, err = await parley(state, "recordings", "export", contact, "--to", str(target))
    assert (status, err) == (0, "")
    assert {p.name for p in target.iterdir()} == {
        f"{contact}.{id_}.{kind}" for id_ in (first, second) for kind in ("wav", "json")
    }
    with wave.open(str(target / f"{contact}.{first}.wav")) as sound:
        assert (sound.getnchannels(), sound.getnframes()) == (2, 8000)

    data = bytearray(file.read_bytes())
    data[-5000] ^= 1
    file.write_bytes(data)
    status, out, _ = await parley(state, "recordings", "verify", "--json")
    assert (status, json.loads(out)) == (
        1, {"whole": 1, "failed": {second: "recording_tampered"}},
    )  # fmt: skip
    status, _, err = await parley(state, "recordings", "export", "rec_none")
    assert status == 2
    assert "no recording" in err
