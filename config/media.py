"""Recordings, music and prompts."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from config.base import FilePath, Name, Section


class Recording(Section):
    """Whether conversations are recorded (stereo: caller left, agent right)."""

    enabled: bool = True
    folder: FilePath | None = None  # None: 'recordings' in the state folder


class Media(Section):
    """``music`` maps a name to a folder of audio files; ``default`` is built in."""

    recording: Recording = Recording()
    music: dict[Name, FilePath] = Field(default_factory=dict)
    prompts: FilePath | None = None  # None: the prompts that come with Parley

    def recording_folder(self, state_dir: Path) -> Path:
        """Where recordings are written."""
        return self.recording.folder or state_dir / "recordings"
