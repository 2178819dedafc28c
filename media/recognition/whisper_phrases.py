"""Whisper that expects phrases: what a menu hears.

Two opinions of the same encoded sound. *Heard*: a free decoding whose prompt is the
phrases, which draws doubtful sounds towards them, and in whose text a phrase is looked
for, alone or in a sentence. *Weighed*: the phrases' own probabilities, without a prompt.
Single syllables and short words of Mandarin are understood by the first far better than
by the second (docs/hearing.md); where they agree, the answer is surer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from media.recognition import gates
from media.recognition.engine import RATE, Decoded, Request, Word
from media.recognition.grammar import Grammar
from media.recognition.phrase_tree import PhraseTrees
from media.recognition.spotting import Spotted, spot
from media.recognition.whisper_grammar import LEAST_MASS

_MOST_PROMPT = 160
"""Characters of the phrases that go into the prompt; half of the window is for the answer."""
_WHOLE, _WITHIN = 0.95, 0.9
_MUMBLED = 0.25  # probability of the text under which it is doubtful
_AGREE, _DISAGREE = 0.05, 0.3
_SURE_SHARE, _SURE_MASS = 0.8, 0.2
_ONLY_WEIGHED, _CLEARLY_WEIGHED = 0.6, 0.8  # at most, when no phrase is in the text
_NOBODY = 0.45  # the model's probability of that without a prompt: a cough has 0.5, a word 0.4
_SAID_ELSE = 0.55  # probability of a text without a phrase from which it is believed
_NEVER = ("loop", "too_short", "too_much_text", "subtitle")


@dataclass(frozen=True, slots=True)
class Free:
    """A free decoding: its text, the mean logarithm of its tokens' probability, and the
    model's probability that nobody speaks."""

    text: str
    score: float
    no_speech: float


def prompt_of(phrases: Sequence[str]) -> str:
    """The phrases as a sentence somebody might have said before."""
    chinese = not all(phrase.isascii() for phrase in phrases)
    comma, end = ("、", "。") if chinese else (", ", ".")
    text = ""
    for phrase in phrases:
        if len(text) + len(phrase) > _MOST_PROMPT:
            break
        text += (comma if text else "") + phrase
    return text + end


class Phrases:
    """Decides on one of a grammar's phrases."""

    def __init__(self, trees: PhraseTrees) -> None:
        self._trees = trees

    def decode(
        self, model: Any, encoded: Any, prompt: list[int], request: Request,
        free: Callable[[str], Free],
    ) -> Decoded:  # fmt: skip
        """The phrase that was said, or a refusal. ``free`` decodes with a prompt."""
        grammar = request.grammar
        assert grammar is not None
        weighed = self._trees.weigh(model, encoded, prompt, grammar.phrases)
        phrase, share = _heaviest(weighed.shares, grammar)
        clearly = share >= _SURE_SHARE and weighed.mass >= _SURE_MASS
        seconds = len(request.sound) / RATE
        details = {"share": round(share, 4), "mass": round(weighed.mass, 6)}
        if weighed.no_speech >= _NOBODY and not clearly:
            return Decoded(refused="no_speech", details=details)
        heard = free(prompt_of(grammar.phrases))
        details["score"] = heard.score
        refused = gates.refuse(
            heard.text, score=heard.score, no_speech=heard.no_speech, seconds=seconds,
            voiced=request.voiced,
        )  # fmt: skip
        found = None if refused else spot(heard.text, grammar.phrases, grammar.groups)
        if found is not None:
            agree = grammar.group(phrase) == grammar.group(found.phrase)
            sure = _sure(found, heard, agree, share, weighed.mass)
            return _answer(found.phrase, sure, seconds, details)
        believed = not refused and math.exp(heard.score) >= _SAID_ELSE
        said_else = weighed.mass < LEAST_MASS or believed or refused in _NEVER
        if said_else and not clearly:
            return Decoded(refused=refused or "not_in_grammar", details=details)
        most = _CLEARLY_WEIGHED if clearly else _ONLY_WEIGHED
        sure = min(most, share * min(1.0, 0.5 + weighed.mass))
        return _answer(phrase, sure, seconds, details)


def _sure(found: Spotted, heard: Free, agree: bool, share: float, mass: float) -> float:
    """0 to 1."""
    sure = found.likeness * (_WHOLE if found.whole else _WITHIN)
    if math.exp(heard.score) < _MUMBLED:
        sure -= _AGREE
    if share >= _SURE_SHARE and agree:
        sure += _AGREE
    elif share >= _SURE_SHARE and mass >= _SURE_MASS:
        sure -= _DISAGREE
    return max(0.0, min(1.0, sure))


def _heaviest(shares: dict[str, float], grammar: Grammar) -> tuple[str, float]:
    """The likeliest phrase of the likeliest meaning, and the share of that meaning."""
    groups: dict[int, float] = {}
    for phrase, share in shares.items():
        group = grammar.group(phrase)
        groups[group] = groups.get(group, 0.0) + share
    best = max(groups, key=lambda g: groups[g])
    own = [phrase for phrase in shares if grammar.group(phrase) == best]
    return max(own, key=lambda p: shares[p]), groups[best]


def _answer(phrase: str, sure: float, seconds: float, details: dict[str, float]) -> Decoded:
    sure = round(sure, 3)
    word = Word(phrase, 0.0, round(seconds, 2), sure)
    return Decoded(text=phrase, words=(word,), confidence=sure, details=details)
