"""Whisper held to digits: only tokens that digits are written with.

A free decoding of one digit over the telephone is right half of the time; of the same
sound, restricted to digits, nine times in ten. One digit is chosen by the model's own
probabilities; a string of digits is decoded greedily. Phrases: ``whisper_phrases.py``.
"""

from __future__ import annotations

import math
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
LEAST_MASS = 1e-4
"""The allowed answers' share of all probability below which nothing was said of them."""

Logs = npt.NDArray[np.float32]


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

    def decode(self, model: Any, encoded: Any, start: list[str], request: Request) -> Decoded:
        """The most probable digits of the request's grammar, or a refusal."""
        grammar = request.grammar
        assert grammar is not None
        assert grammar.of_digits
        prompt = [self._vocabulary.ids[token] for token in start]
        seconds = len(request.sound) / RATE
        if grammar.most == 1:
            return self._one_digit(model, encoded, prompt, seconds)
        return self._string(model, encoded, prompt, grammar, seconds)

    def _one_digit(self, model: Any, encoded: Any, prompt: list[int], seconds: float) -> Decoded:
        logs, _ = next_token(model, encoded, prompt)
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


def next_token(model: Any, encoded: Any, prompt: list[int]) -> tuple[Logs, float]:
    """Logarithm of the probability of each token after ``prompt``, and the model's
    probability that nobody speaks."""
    result = model.generate(
        encoded, [prompt], beam_size=1, max_length=len(prompt) + 1, return_logits_vocab=True,
        suppress_blank=False, suppress_tokens=None, return_no_speech_prob=True,
    )[0]  # fmt: skip
    logits = np.array(result.logits[0][0]).astype(np.float32).reshape(-1)
    top = logits.max()
    logs: Logs = logits - top - np.log(np.exp(logits - top).sum())
    return logs, float(result.no_speech_prob)


def _answer(
    text: str, share: float, mass: float, seconds: float, *, pieces: list[str] | None = None
) -> Decoded:
    details = {"share": round(share, 4), "mass": round(mass, 6)}
    if mass < LEAST_MASS:
        return Decoded(refused="not_in_grammar", details=details)
    parts = pieces or [text]
    step = seconds / len(parts)
    confidence = round(share * min(1.0, 0.5 + mass), 3)
    words = tuple(
        Word(part, round(i * step, 2), round((i + 1) * step, 2), confidence)
        for i, part in enumerate(parts)
    )
    return Decoded(text=text, words=words, confidence=confidence, details=details)
