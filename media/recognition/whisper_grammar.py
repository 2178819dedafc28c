"""Whisper held to a grammar: only tokens that can still lead to an allowed answer.

A free decoding of one digit over the telephone is right half of the time; of the same
sound, restricted to digits, nine times in ten. One digit and phrases are compared by
the model's own probabilities; a string of digits is decoded greedily over the tokens
that digits are written with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from media.recognition.engine import RATE, Decoded, Request, Word
from media.recognition.grammar import Grammar
from media.recognition.vocabulary import Vocabulary

_NAMES = {
    "0": ("zero", "oh", "零", "〇", "洞"),
    "1": ("one", "一", "幺", "壹"),
    "2": ("two", "二", "两", "贰"),
    "3": ("three", "三", "叁"),
    "4": ("four", "四", "肆"),
    "5": ("five", "五", "伍"),
    "6": ("six", "六", "陆"),
    "7": ("seven", "七", "柒", "拐"),
    "8": ("eight", "八", "捌"),
    "9": ("nine", "九", "玖"),
}
# Words that are digits only among digits: alone they attract every doubtful sound.
_ONLY_IN_STRINGS = frozenset({"oh", "洞", "拐", "两"})
_DIGIT_OF = {name: digit for digit, names in _NAMES.items() for name in (digit, *names)}
_BETWEEN = frozenset({" ", "-", ",", ", ", " -", "，", "、", "."})
_BEAM = 4
_LEAST_MASS = 1e-4
"""The allowed answers' share of all probability below which nothing was said of them."""

Logs = npt.NDArray[np.float32]


@dataclass
class _Node:
    """A place in the tree of allowed token sequences."""

    children: dict[int, _Node] = field(default_factory=dict)
    answer: str = ""


@dataclass
class _Path:
    node: _Node
    tokens: list[int]
    score: float


class Masks:
    """The token sets of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._digits: dict[int, str] = {}
        self._single: dict[int, str] = {}
        between: set[int] = set()
        for token in range(vocabulary.text_end):
            text = vocabulary.text([token])
            bare = text.strip().lower()
            if bare in _DIGIT_OF:
                self._digits[token] = _DIGIT_OF[bare]
                if bare not in _ONLY_IN_STRINGS:
                    self._single[token] = _DIGIT_OF[bare]
            elif bare.isascii() and bare.isdigit():
                self._digits[token] = bare
            elif text in _BETWEEN:
                between.add(token)
        allowed = {*self._digits, *between, vocabulary.text_end}
        self._not_digits = [t for t in range(len(vocabulary.tokens)) if t not in allowed]
        self._trees: dict[tuple[str, ...], _Node] = {}

    def decode(self, model: Any, encoded: Any, start: list[str], request: Request) -> Decoded:
        """The most probable answer of the request's grammar, or a refusal."""
        grammar = request.grammar
        assert grammar is not None
        prompt = [self._vocabulary.ids[token] for token in start]
        seconds = len(request.sound) / RATE
        if not grammar.of_digits:
            return self._phrase(model, encoded, prompt, grammar, seconds)
        if grammar.most == 1:
            return self._one_digit(model, encoded, prompt, seconds)
        return self._string(model, encoded, prompt, grammar, seconds)

    def _one_digit(self, model: Any, encoded: Any, prompt: list[int], seconds: float) -> Decoded:
        logs = _next(model, encoded, prompt)
        sums: dict[str, float] = {}
        for token, digit in self._single.items():
            sums[digit] = sums.get(digit, 0.0) + math.exp(float(logs[token]))
        mass = sum(sums.values())
        digit = max(sums, key=lambda d: sums[d])
        return _answer(digit, sums[digit] / mass if mass else 0.0, mass, seconds)

    def _string(
        self, model: Any, encoded: Any, prompt: list[int], grammar: Grammar, seconds: float
    ) -> Decoded:
        result = model.generate(
            encoded, [prompt], beam_size=1, max_length=len(prompt) + 2 * grammar.most + 8,
            return_scores=True, suppress_blank=True, suppress_tokens=self._not_digits,
        )[0]  # fmt: skip
        digits = "".join(self._digits.get(token, "") for token in result.sequences_ids[0])
        score = math.exp(float(result.scores[0]))
        if not grammar.least <= len(digits) <= grammar.most:
            return Decoded(refused="grammar_length", details={"digits": float(len(digits))})
        return _answer(digits, score, 1.0, seconds, pieces=list(digits))

    def _phrase(
        self, model: Any, encoded: Any, prompt: list[int], grammar: Grammar, seconds: float
    ) -> Decoded:
        """Beam search over the tree. Where only one token can follow, none is asked for."""
        paths = [_Path(self._tree(grammar.phrases), [], 0.0)]
        answers: dict[str, float] = {}
        mass = 0.0
        while paths:
            longer: list[_Path] = []
            for path in paths:
                path = _forced(path)
                if path.node.answer and not path.node.children:
                    _add(answers, path.node.answer, path.score)
                    continue
                logs = _next(model, encoded, prompt + path.tokens)
                if not path.tokens:
                    mass = float(sum(math.exp(float(logs[t])) for t in path.node.children))
                if path.node.answer:
                    end = float(logs[self._vocabulary.text_end])
                    _add(answers, path.node.answer, path.score + end)
                longer += [
                    _Path(node, [*path.tokens, token], path.score + float(logs[token]))
                    for token, node in path.node.children.items()
                ]
            paths = sorted(longer, key=lambda p: -p.score)[:_BEAM]
        total = sum(math.exp(score) for score in answers.values())
        best = max(answers, key=lambda a: answers[a])
        return _answer(best, math.exp(answers[best]) / total if total else 0.0, mass, seconds)

    def _tree(self, phrases: Sequence[str]) -> _Node:
        """Each phrase as it may be written: with and without a capital, and a space."""
        key = tuple(phrases)
        if key not in self._trees:
            root = _Node()
            for phrase in key:
                for written in {phrase, phrase.lower(), phrase.capitalize()}:
                    for text in {written, " " + written} if written.isascii() else {written}:
                        node = root
                        for token in self._vocabulary.encode(text):
                            node = node.children.setdefault(token, _Node())
                        node.answer = phrase
            if len(self._trees) > 64:
                self._trees.clear()
            self._trees[key] = root
        return self._trees[key]


def _forced(path: _Path) -> _Path:
    while len(path.node.children) == 1 and not path.node.answer and path.tokens:
        token, node = next(iter(path.node.children.items()))
        path = _Path(node, [*path.tokens, token], path.score)
    return path


def _add(answers: dict[str, float], answer: str, score: float) -> None:
    """Ways of writing the same answer count together."""
    answers[answer] = float(np.logaddexp(answers.get(answer, -np.inf), score))


def _next(model: Any, encoded: Any, prompt: list[int]) -> Logs:
    """Logarithm of the probability of each token after ``prompt``."""
    result = model.generate(
        encoded, [prompt], beam_size=1, max_length=len(prompt) + 1, return_logits_vocab=True,
        suppress_blank=False, suppress_tokens=None,
    )[0]  # fmt: skip
    logits = np.array(result.logits[0][0]).astype(np.float32).reshape(-1)
    top = logits.max()
    logs: Logs = logits - top - np.log(np.exp(logits - top).sum())
    return logs


def _answer(
    text: str, share: float, mass: float, seconds: float, *, pieces: list[str] | None = None
) -> Decoded:
    details = {"share": round(share, 4), "mass": round(mass, 6)}
    if mass < _LEAST_MASS:
        return Decoded(refused="not_in_grammar", details=details)
    parts = pieces or [text]
    step = seconds / len(parts)
    confidence = round(share * min(1.0, 0.5 + mass), 3)
    words = tuple(
        Word(part, round(i * step, 2), round((i + 1) * step, 2), confidence)
        for i, part in enumerate(parts)
    )
    return Decoded(text=text, words=words, confidence=confidence, details=details)
