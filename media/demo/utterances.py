"""The catalogue of the demo's speech."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
ANGRY = FOLDER / "angry.wav"
"""A man who is angry: three acted sentences, in German, of the Berlin Database of
Emotional Speech (speaker 03; CC0). 8 kHz mono 16-bit, 7 s."""


@dataclass(frozen=True)
class Utterance:
    """Something a simulated person says."""

    id: str
    role: str
    """customer or agent"""
    language: str
    topic: str
    """What the customer calls about: cards, loans, accounts; empty for agents."""
    text: str
    path: Path
    """8 kHz mono 16-bit wav."""


def utterances(folder: Path = FOLDER) -> list[Utterance]:
    """All of them, in the catalogue's order. Raises OSError, yaml.YAMLError or KeyError
    for a damaged installation."""
    data = yaml.safe_load((folder / "catalogue.yaml").read_text(encoding="utf-8"))
    return [
        Utterance(
            id=name,
            role=role,
            language=language,
            topic=str(said.get("topic", "")),
            text=said[language]["text"],
            path=folder / language / f"{role}-{name}.wav",
        )
        for role, sayings in data.items()
        for name, said in sayings.items()
        for language in said
        if language != "topic"
    ]
