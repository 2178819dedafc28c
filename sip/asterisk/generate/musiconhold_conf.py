"""musiconhold.conf: one class a folder of music."""

from __future__ import annotations

from pathlib import Path

import media
from config.model import Settings
from core.log import get_logger
from sip.asterisk.generate.text import Conf, path, word

log = get_logger(__name__)

DEFAULT = "default"
BUILT_IN = Path(media.__file__).parent / "music" / "default"
_AUDIO = {".wav", ".gsm", ".ulaw", ".alaw", ".g722", ".sln", ".sln16", ".wav16"}


def musiconhold_conf(settings: Settings) -> str:
    """Text of ``musiconhold.conf``. A folder without music is replaced by the
    built-in pieces: silence would make callers hang up."""
    folders = {DEFAULT: BUILT_IN, **settings.media.music}
    conf = Conf("Music on hold: file by file, in order.")
    for name, folder in folders.items():
        if not _has_music(folder) and folder != BUILT_IN:
            log.warning("asterisk.music_missing", music=name, folder=str(folder))
            folder = BUILT_IN
        conf.section(word(name)).set(mode="files", sort="alpha")
        conf.raw(f"directory={path(folder)}")
    return conf.text()


def _has_music(folder: Path) -> bool:
    try:
        return any(file.suffix in _AUDIO for file in folder.iterdir())
    except OSError:  # not there, not a folder, not readable
        return False
