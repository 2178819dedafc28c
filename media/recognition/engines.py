"""The engines by kind of model; each is imported only in a process that uses it."""

from __future__ import annotations

import importlib
from typing import cast

from media.models.model import Kind, Model
from media.recognition.engine import Engine

ENGINES = {
    Kind.WHISPER: ("media.recognition.whisper", "WhisperEngine"),
    Kind.VOSK: ("media.recognition.vosk", "VoskEngine"),
}
KEEPS_STATE = frozenset({Kind.VOSK})
"""Engines that go on quicker where they left off: the same process gets the utterance."""


def load(model: Model) -> Engine:
    """The engine of ``model``, ready; raises ModelDamaged or what the engine raised."""
    module, name = ENGINES[model.kind]
    return cast(Engine, getattr(importlib.import_module(module), name)(model))
