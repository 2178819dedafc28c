"""Recordings, music and prompts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field

from config.base import FilePath, Int, Name, Section


class PauseForSecrets(StrEnum):
    """What becomes of numbers that must not be kept (of cards, PINs...)."""

    LIVE = "live"  # recording pauses while one is asked for or keyed, and as 'after'
    AFTER = "after"  # they are silenced before the recording can be played
    OFF = "off"  # nothing is silenced: where everything must be kept by law


class Recording(Section):
    """Whether conversations are recorded (stereo: caller left, agent right), how they are
    kept and for how long. ``keep_days`` 0 is for ever; voicemails are kept as long."""

    enabled: bool = True
    folder: FilePath | None = None  # None: 'recordings' in the state folder
    encrypted: bool = False  # with the secret 'recording-keys'
    keep_days: Int = Field(default=0, ge=0, le=36_500)
    pause_for_secrets: PauseForSecrets = PauseForSecrets.AFTER
    least_free_mb: Int = Field(default=1000, ge=0)  # less room than this is an alarm


class Media(Section):
    """``music`` maps a name to a folder of audio files; ``default`` is built in."""

    recording: Recording = Recording()
    music: dict[Name, FilePath] = Field(default_factory=dict)
    prompts: FilePath | None = None  # None: the prompts that come with Parley

    def recording_folder(self, state_dir: Path) -> Path:
        """Where recordings are written."""
        return self.recording.folder or state_dir / "recordings"
