"""Key facts in what people say and write."""

from media.understanding.facts.extract import extract
from media.understanding.facts.model import Fact, FactKind, Span
from media.understanding.facts.settings import FactSettings, Product, fact_settings
from media.understanding.facts.window import LegFacts

__all__ = [
    "Fact",
    "FactKind",
    "FactSettings",
    "LegFacts",
    "Product",
    "Span",
    "extract",
    "fact_settings",
]
