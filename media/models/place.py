"""Where installed models are kept."""

from __future__ import annotations

from pathlib import Path

from config.model import Settings


def model_folder(settings: Settings) -> Path:
    """The installation's model folder; it need not exist yet."""
    return settings.server.state_dir / "models"
