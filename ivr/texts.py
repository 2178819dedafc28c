"""The catalogue's texts, for the check of flows and for media that write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import media
from config.model import Settings
from config.yaml_tree import read_yaml

BUILT_IN = Path(media.__file__).parent / "prompts"

Texts = Mapping[str, Mapping[str, str]]
"""Prompt id -> language -> text."""


def load_texts(settings: Settings) -> Texts:
    """The texts of ``media.prompts`` of the configuration, else those that come with
    Parley. Raises :class:`~config.problems.ConfigError`."""
    catalogue = read_yaml((settings.media.prompts or BUILT_IN) / "catalogue.yaml").value
    texts = {
        str(key): {str(language): str(text) for language, text in by_language.items()}
        for key, by_language in catalogue["prompts"].items()
    }
    languages = texts_languages(texts)
    for beep in catalogue.get("beeps") or {}:
        texts[str(beep)] = dict.fromkeys(languages, "*")
    return texts


def texts_languages(texts: Texts) -> list[str]:
    """Every language in which there is some text."""
    return sorted({language for by_language in texts.values() for language in by_language})
