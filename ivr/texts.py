"""The catalogue's texts, for the check of flows and for media that write."""

from __future__ import annotations

from collections.abc import Mapping

from config.model import Settings
from media.prompts.catalogue import FOLDER, Catalogue

BEEP = "*"
"""How a beep is written."""


def load_texts(settings: Settings) -> Mapping[str, Mapping[str, str]]:
    """Prompt id -> language -> text, of the prompts in force: those of ``media.prompts``
    of the configuration, else those that come with Parley. Raises
    :class:`~media.errors.PromptMissing`."""
    return texts_of(Catalogue.load(settings.media.prompts or FOLDER))


def texts_of(catalogue: Catalogue) -> Mapping[str, Mapping[str, str]]:
    """The same of a catalogue; beeps are prompts in every language."""
    beeps = {name: dict.fromkeys(catalogue.languages, BEEP) for name in catalogue.beeps}
    return {**beeps, **catalogue.texts}
