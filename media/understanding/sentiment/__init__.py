"""Sentiment of what people say and write, with the words that decided it."""

from media.understanding.sentiment.lexicon import Hit
from media.understanding.sentiment.score import LABELS, Sentiment, SentimentScorer

__all__ = ["LABELS", "Hit", "Sentiment", "SentimentScorer"]
