"""The parts that have to do with recordings, put together."""

from __future__ import annotations

from app.calls.recording_book import RecordingNotes
from app.hearing.live_log import LiveLog
from app.recordings.finisher import ConversationFinisher
from app.recordings.heard import Heard
from app.recordings.keys import RecordingKeys
from config.media import PauseForSecrets
from config.model import Settings
from config.secrets import Secrets
from core.clock import Clock
from sip.voice.finishing import Finishing


class Recordings:
    """Everything of recordings that one app process has."""

    def __init__(
        self, settings: Settings, secrets: Secrets, *, notes: RecordingNotes, live_log: LiveLog,
        clock: Clock,
    ) -> None:  # fmt: skip
        wanted = settings.media.recording
        self.folder = settings.media.recording_folder(settings.server.state_dir)
        self.raw = self.folder / "raw"
        for folder in (self.folder, self.raw):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.keys = RecordingKeys(secrets, encrypted=wanted.encrypted)
        silences = wanted.pause_for_secrets is not PauseForSecrets.OFF
        heard = Heard(live_log, clock) if silences else None
        finisher = ConversationFinisher(self.folder, self.keys, notes, heard, clock)
        self.finishing = Finishing(self.raw, notes, finisher, clock)
