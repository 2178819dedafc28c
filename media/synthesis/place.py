"""Where what was spoken is kept."""

from __future__ import annotations

from pathlib import Path

from config.model import Settings


def cache_folder(settings: Settings) -> Path:
    """The installation's cache of speech; it need not exist yet."""
    return settings.server.state_dir / "speech"
