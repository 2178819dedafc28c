"""What customers want, by the classifier of the configuration; read when first needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from config.model import Settings
from media.understanding.intents import IntentClassifier
from media.understanding.settings import intents_of


@dataclass(frozen=True)
class Intents:
    """``model`` None knows none. A model that cannot be read raises NoModel or BadModel
    where a flow asks for an intent: at its check."""

    model: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Intents:
        """Those of 'understanding.intents', else of the sample company."""
        return cls(intents_of(settings.understanding))

    @cached_property
    def _classifier(self) -> IntentClassifier | None:
        return None if self.model is None else IntentClassifier.load(self.model)

    @property
    def labels(self) -> tuple[str, ...]:
        """All it knows."""
        return () if self._classifier is None else self._classifier.labels

    def find(self, text: str, allowed: Sequence[str]) -> tuple[str, float] | None:
        """The likeliest of ``allowed``, and the confidence (0 to 1): low for a text that
        means none of these. None if nothing is known of the text."""
        if self._classifier is None:
            return None
        top = self._classifier.classify(text, allowed=allowed).top
        return (top[0].label, top[0].confidence) if top else None
