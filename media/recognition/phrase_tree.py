"""How probable each of some phrases is to Whisper, compared with each other.

A beam search over the tree of their tokens. A phrase that is followed by more words
counts as said, so "sales please" is "sales".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from media.recognition.spotting import units
from media.recognition.vocabulary import Vocabulary
from media.recognition.whisper_grammar import next_token

_BEAM = 4
_KEPT = 64


@dataclass
class _Node:
    """A place in the tree of allowed token sequences."""

    children: dict[int, _Node] = field(default_factory=dict)
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """``shares`` of the phrases that were followed to their ends (together 1); ``mass``:
    how probable it is that any of them was said at all, by its first token; ``no_speech``:
    that nobody speaks."""

    shares: dict[str, float]
    mass: float
    no_speech: float


@dataclass
class _Path:
    node: _Node
    tokens: list[int]
    score: float


class PhraseTrees:
    """The trees of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._trees: dict[tuple[str, ...], _Node] = {}

    def weigh(self, model: Any, encoded: Any, prompt: list[int], phrases: Sequence[str]) -> Weighed:
        """Where only one token can follow, none is asked for."""
        paths = [_Path(self._tree(phrases), [], 0.0)]
        answers: dict[str, float] = {}
        mass = no_speech = 0.0
        while paths:
            longer: list[_Path] = []
            for path in paths:
                path = _forced(path)
                if path.node.answer and not path.node.children:
                    _add(answers, path.node.answer, path.score)
                    continue
                logs, quiet = next_token(model, encoded, prompt + path.tokens)
                if not path.tokens:
                    no_speech = quiet
                    mass = float(sum(math.exp(float(logs[t])) for t in path.node.children))
                if path.node.answer:
                    end = float(logs[self._vocabulary.text_end])
                    _add(answers, path.node.answer, path.score + end)
                longer += [
                    _Path(node, [*path.tokens, token], path.score + float(logs[token]))
                    for token, node in path.node.children.items()
                ]
            paths = sorted(longer, key=lambda p: -p.score)[:_BEAM]
        top = max(answers.values())
        total = sum(math.exp(score - top) for score in answers.values())
        shares = {a: math.exp(score - top) / total for a, score in answers.items()}
        return Weighed(shares, mass, no_speech)

    def _tree(self, phrases: Sequence[str]) -> _Node:
        """Each phrase as it may be written: with and without a capital, a space, figures."""
        key = tuple(phrases)
        if key not in self._trees:
            root = _Node()
            for phrase in key:
                for written in {phrase, phrase.lower(), phrase.capitalize(), _in_figures(phrase)}:
                    for text in {written, " " + written} if written.isascii() else {written}:
                        node = root
                        for token in self._vocabulary.encode(text):
                            node = node.children.setdefault(token, _Node())
                        node.answer = phrase
            if len(self._trees) >= _KEPT:
                self._trees.clear()
            self._trees[key] = root
        return self._trees[key]


def _in_figures(phrase: str) -> str:
    found = units(phrase)
    return found[0] if len(found) == 1 and found[0].isdigit() else phrase


def _forced(path: _Path) -> _Path:
    while len(path.node.children) == 1 and not path.node.answer and path.tokens:
        token, node = next(iter(path.node.children.items()))
        path = _Path(node, [*path.tokens, token], path.score)
    return path


def _add(answers: dict[str, float], answer: str, score: float) -> None:
    """Ways of writing the same answer count together."""
    answers[answer] = float(np.logaddexp(answers.get(answer, -np.inf), score))
