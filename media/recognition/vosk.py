"""Vosk: used for a language whenever a model of it is installed.

It decodes while the sound comes, which it does for the utterances it saw last; one it
has not seen yet, or not for long, is decoded from its beginning.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import vosk

from media.models.model import Model
from media.recognition.engine import RATE, Decoded, Request, Samples, Word
from media.recognition.grammar import Grammar

_KEPT = 16
"""Utterances in progress whose state is kept."""
_UNKNOWN = "[unk]"
_DIGITS = {
    "en": "zero oh one two three four five six seven eight nine",
    "zh": "零 一 幺 二 两 三 四 五 六 七 八 九",
    "ko": "영 공 일 이 삼 사 오 육 칠 팔 구",
}
_DIGIT_OF = {
    word: digit
    for digit, words in zip(
        "0123456789",
        (
            "zero oh 零 영 공", "one 一 幺 일", "two 二 两 이", "three 三 삼", "four 四 사",
            "five 五 오", "six 六 육", "seven 七 칠", "eight 八 팔", "nine 九 구",
        ),
        strict=True,
    )
    for word in words.split()
}  # fmt: skip


class VoskEngine:
    """One model; the recognisers of the utterances in progress."""

    def __init__(self, model: Model) -> None:
        """Load ``model``; raises ModelDamaged, and Exception from Vosk."""
        model.check()
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(str(model.folder))
        self._language = model.languages[0] if model.languages else ""
        self._going: OrderedDict[str, _Going] = OrderedDict()

    def decode(self, request: Request) -> Decoded:
        """Go on with an utterance, or end it."""
        began = time.process_time()
        going = self._going.pop(request.utterance, None)
        if going is None or going.grammar != request.grammar:
            going = _Going(self._recognizer(request.grammar), request.grammar)
        sound = request.sound[request.context :]
        going.feed(sound)
        if request.final:
            raw = json.loads(going.recognizer.FinalResult())
            decoded = _final([*going.done, raw], request.grammar)
        else:
            self._going[request.utterance] = going
            while len(self._going) > _KEPT:
                self._going.popitem(last=False)
            partial = json.loads(going.recognizer.PartialResult())["partial"]
            text = " ".join([*(done["text"] for done in going.done), partial]).strip()
            decoded = _spread(text, len(sound) / RATE)
        return Decoded(
            text=decoded.text, words=decoded.words, confidence=decoded.confidence,
            refused=decoded.refused, language=self._language,
            cpu_seconds=round(time.process_time() - began, 4),
        )  # fmt: skip

    def missing_words(self, phrases: Sequence[str]) -> list[str]:
        """Words that are not in the model's vocabulary: a grammar cannot hold them."""
        words = dict.fromkeys(word for phrase in phrases for word in phrase.split())
        return [word for word in words if self._model.vosk_model_find_word(word) < 0]

    def _recognizer(self, grammar: Grammar | None) -> Any:
        if grammar is None:
            recognizer = vosk.KaldiRecognizer(self._model, RATE)
        else:
            phrases = list(grammar.phrases) or _DIGITS.get(self._language, "").split()
            known = [p for p in phrases if not self.missing_words([p])]
            words = json.dumps([*known, _UNKNOWN], ensure_ascii=False)
            recognizer = vosk.KaldiRecognizer(self._model, RATE, words)
        recognizer.SetWords(True)
        return recognizer


class _Going:
    """An utterance in progress. ``done``: the results of the parts Vosk has ended."""

    def __init__(self, recognizer: Any, grammar: Grammar | None) -> None:
        self.recognizer = recognizer
        self.grammar = grammar
        self.done: list[dict[str, Any]] = []
        self._fed = 0

    def feed(self, sound: Samples) -> None:
        new = sound[self._fed :]
        self._fed = len(sound)
        if len(new) and self.recognizer.AcceptWaveform(new.tobytes()):
            result = json.loads(self.recognizer.Result())
            if result.get("text"):
                self.done.append(result)


def _final(results: list[dict[str, Any]], grammar: Grammar | None) -> Decoded:
    found = [word for result in results for word in result.get("result", ())]
    words = tuple(
        Word(w["word"], round(w["start"], 2), round(w["end"], 2), round(w["conf"], 3))
        for w in found
        if w["word"] != _UNKNOWN
    )
    if grammar is not None:
        return _by_grammar(words, grammar, unknown=len(found) - len(words))
    sure = sum(word.confidence for word in words) / len(words) if words else 0.0
    text = " ".join(word.text for word in words)
    return Decoded(text=text, words=words, confidence=round(sure, 3))


def _by_grammar(words: tuple[Word, ...], grammar: Grammar, *, unknown: int) -> Decoded:
    sure = min((word.confidence for word in words), default=0.0)
    if grammar.of_digits:
        text = "".join(_DIGIT_OF.get(word.text, "") for word in words)
        if not grammar.least <= len(text) <= grammar.most:
            return Decoded(refused="grammar_length")
    else:
        text = " ".join(word.text for word in words)
        if text not in grammar.phrases or unknown > len(words):
            return Decoded(refused="not_in_grammar")
    return Decoded(text=text, words=words, confidence=round(sure, 3))


def _spread(text: str, seconds: float) -> Decoded:
    pieces = text.split()
    step = seconds / max(1, len(pieces))
    words = tuple(
        Word(piece, round(i * step, 2), round((i + 1) * step, 2), 0.5)
        for i, piece in enumerate(pieces)
    )
    return Decoded(text=text, words=words, confidence=0.5 if words else 0.0)
