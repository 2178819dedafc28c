"""Intents of sentences, by a classifier trained on a company's own examples."""

from media.understanding.intents.classifier import Classified, Intent, IntentClassifier
from media.understanding.intents.examples import (
    NONE,
    Example,
    for_test,
    for_training,
    read_examples,
)
from media.understanding.intents.measure import Measured, measure
from media.understanding.intents.train import Trained, train

__all__ = [
    "NONE",
    "Classified",
    "Example",
    "Intent",
    "IntentClassifier",
    "Measured",
    "Trained",
    "for_test",
    "for_training",
    "measure",
    "read_examples",
    "train",
]
