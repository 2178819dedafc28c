"""Where the ring of recording keys is kept, and how it changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.recordings.keys import RecordingKeys
from config.load import load
from config.problems import ConfigError
from config.secrets import SecretKeptElsewhere, Secrets
from media.recording.errors import KeyRingUnusable
from media.recording.keys import KeyRing

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_the_first_key_is_made_when_it_is_needed(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, environ={})
    assert RecordingKeys(secrets, encrypted=False).for_new(NOW) is None
    keys = RecordingKeys(secrets, encrypted=True)
    assert keys.ring() is None
    ring = keys.for_new(NOW)
    assert ring is not None
    assert ring.ids == ["2026-11-22"]
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
    # Another process sees the same, and what is sealed can be read when sealing is off.
    again = RecordingKeys(Secrets(tmp_path, environ={}), encrypted=False).ring()
    assert again is not None
    assert again.text() == ring.text()


def test_renewed_and_old_ones_forgotten(tmp_path: Path) -> None:
    keys = RecordingKeys(Secrets(tmp_path, environ={}), encrypted=True)
    with pytest.raises(KeyRingUnusable):
        keys.renew(NOW)
    keys.for_new(NOW)
    assert keys.renew(NOW).ids == ["2026-11-22-2", "2026-11-22"]
    assert keys.forget_old().ids == ["2026-11-22-2"]
    ring = keys.ring()
    assert ring is not None
    assert ring.current == "2026-11-22-2"


def test_what_is_given_is_not_changed_by_us(tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    ring = KeyRing.new("ours")
    (folder / "recording-keys").write_text(ring.text() + "\n")
    for environ in (
        {"PARLEY_SECRETS_DIR": str(folder)}, {"PARLEY_SECRET_RECORDING_KEYS": ring.text()},
    ):  # fmt: skip
        keys = RecordingKeys(Secrets(tmp_path, environ=environ), encrypted=True)
        found = keys.for_new(NOW)
        assert found is not None
        assert found.text() == ring.text()
        with pytest.raises(SecretKeptElsewhere):
            keys.renew(NOW)


def test_two_changes_at_once_lose_nothing(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, environ={})
    secrets.put("recording-keys", "a")
    with pytest.raises(SecretKeptElsewhere):
        secrets.put("recording-keys", "b")
    secrets.put("recording-keys", "b", instead_of="a")
    with pytest.raises(SecretKeptElsewhere):
        secrets.put("recording-keys", "c", instead_of="a")
    assert secrets.get("recording-keys").reveal() == "b"


def test_keys_never_lie_with_the_recordings(tmp_path: Path) -> None:
    together = {
        "server.state_dir": str(tmp_path / "all" / "state"),
        "media.recording.folder": str(tmp_path / "all"),
    }
    load(environ={}, overrides=together)
    with pytest.raises(ConfigError, match="keys are"):
        load(environ={}, overrides={**together, "media.recording.encrypted": "true"})
    apart = {"media.recording.folder": str(tmp_path / "recordings")}
    load(environ={}, overrides={**together, **apart, "media.recording.encrypted": "true"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("media.recording.keep_days", "-1"),
        ("media.recording.keep_days", "forever"),
        ("media.recording.pause_for_secrets", "sometimes"),
        ("media.recording.encrypted", "maybe"),
        ("queues.cards.recordings_keep_days", "-3"),
    ],
)
def test_settings_that_cannot_be(key: str, value: str) -> None:
    with pytest.raises(ConfigError):
        load(environ={}, overrides={key: value})
