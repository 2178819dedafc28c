"""Whisper on CTranslate2: the engine that is always there, for Chinese and English.

CTranslate2 is what faster-whisper runs on; it is used directly because faster-whisper
imports PyAV, whose wheels carry GPL codecs. Greedy decoding of only the sound plus 4 s
instead of the 30 s window costs a third; where that goes wrong the window is used.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import ctranslate2
import numpy as np

from media.models.model import Model
from media.recognition import gates, mel, word_times
from media.recognition.engine import RATE, Decoded, Request, Word
from media.recognition.phrase_tree import PhraseTrees
from media.recognition.vocabulary import Vocabulary
from media.recognition.whisper_grammar import Masks
from media.recognition.whisper_phrases import Free, Phrases

_CONTEXT_SECONDS = 4
_DIGITS_SECONDS = 8  # strings of digits go on by themselves ("1234 1234") with less
_TOKENS_PER_SECOND = 8
_TOKENS_SPARE = 16
_PARTIAL_TOKENS_SPARE = 8
_LONGEST_TOKENS = 224
_THOROUGH_BEAM = 5
_LOOP_SCORE = -1.0
# It steers to simplified characters and to punctuation.
_PROMPTS = {"zh": "以下是普通话的句子。"}
_FOREIGN = 0.7
_INTO = 0.3  # seconds that a word must reach beyond the context to be new

Encoded = Any  # ctranslate2.StorageView


class WhisperEngine:
    """One model, one thread."""

    def __init__(self, model: Model) -> None:
        """Load ``model``; raises ModelDamaged, and RuntimeError from CTranslate2."""
        model.check()
        folder = model.folder
        vocabulary = next(
            f for name in ("vocabulary.json", "vocabulary.txt") if (f := folder / name).is_file()
        )
        self._model = ctranslate2.models.Whisper(
            str(folder) if not model.parts else model.name,
            device="cpu",
            compute_type="int8",
            intra_threads=1,
            inter_threads=1,
            **_in_memory(model, vocabulary.name),
        )
        self._vocabulary = Vocabulary.of_files(
            vocabulary.read_bytes(), (folder / "tokenizer.json").read_bytes
        )
        self._masks = Masks(self._vocabulary)
        self._phrases = Phrases(PhraseTrees(self._vocabulary))
        self._prompts: dict[str, list[str]] = {}

    def decode(self, request: Request) -> Decoded:
        """Recognise an utterance."""
        began = time.process_time()
        sound = request.sound.astype(np.float32) / 32768.0
        grammar = request.grammar
        string = grammar is not None and grammar.of_digits and grammar.most > 1
        frames = _frames(len(sound), _DIGITS_SECONDS if string else _CONTEXT_SECONDS)
        encoded = self._encode(sound, mel.MOST_FRAMES if request.thorough else frames)
        language = self._language(encoded, request)
        if request.grammar is not None:
            decoded = self._expected(encoded, language, request)
        else:
            decoded = self._free(sound, encoded, language, request)
        return replace(
            decoded, language=language, cpu_seconds=round(time.process_time() - began, 4)
        )

    def _expected(self, encoded: Encoded, language: str, request: Request) -> Decoded:
        """What the request's grammar allows."""
        start = self._start(language)
        assert request.grammar is not None
        if request.grammar.of_digits:
            return self._masks.decode(self._model, encoded, start, request)

        def free(prompt: str) -> Free:
            tokens = self._as_prompt(prompt)
            best = self._generate(encoded, tokens + start, len(request.sound) / RATE, request)
            return Free(best.text, best.score, best.no_speech)

        ids = [self._vocabulary.ids[token] for token in start]
        return self._phrases.decode(self._model, encoded, ids, request, free)

    def missing_words(self, phrases: Sequence[str]) -> list[str]:
        """None: byte-level tokens can write everything."""
        return []

    def _free(self, sound: Any, encoded: Encoded, language: str, request: Request) -> Decoded:
        seconds = len(sound) / RATE
        prompt = self._prompt(language) + self._start(language)
        best = self._generate(encoded, prompt, seconds, request)
        whole = 0.0
        if not request.final:
            best = self._without_loop(best)
            hint = _PROMPTS.get(language, "")
            if gates.unsure_partial(best.text, best.score, seconds, hint):
                return Decoded(refused="unsure", details={"score": best.score})
        elif not request.thorough and gates.needs_whole_window(best.text, best.score, seconds):
            whole = 1.0
            encoded = self._encode(sound, mel.MOST_FRAMES)
            again = self._generate(encoded, prompt, seconds, request)
            if again.score > best.score or gates.compression(best.text) > 1.9:
                best = again
        details = {"score": best.score, "no_speech": best.no_speech, "whole_window": whole}
        text = gates.without_prompt(best.text, _PROMPTS.get(language, ""))
        refused = gates.refuse(
            text, score=best.score, no_speech=best.no_speech, seconds=seconds,
            voiced=request.voiced,
        )  # fmt: skip
        if refused:
            return Decoded(refused=refused, details=details)
        words = self._words(encoded, language, best, seconds, request)
        if request.context:
            text, words = self._after_context(best, words, request)
        sure = round(float(np.exp(best.score)), 3)
        return Decoded(
            text=text.strip(), words=tuple(word for _, word in words), confidence=sure,
            details=details,
        )  # fmt: skip

    def _without_loop(self, best: _Hypothesis) -> _Hypothesis:
        """What it says before it says the same again, and less sure of it."""
        text = gates.before_repeat(best.text)
        if len(text) == len(best.text):
            return best
        kept = 1
        while len(self._vocabulary.text(best.tokens[:kept])) < len(text):
            kept += 1
        tokens = best.tokens[:kept]
        score = min(best.score, _LOOP_SCORE)
        return _Hypothesis(tokens, self._vocabulary.text(tokens), score, best.no_speech)

    def _words(
        self, encoded: Encoded, language: str, best: _Hypothesis, seconds: float, request: Request
    ) -> list[tuple[int, Word]]:
        """The words, each with the number of its first token."""
        found = word_times.units(self._vocabulary, best.tokens)
        if request.final:
            sequence = [self._vocabulary.ids[name] for name in self._start(language)[:-1]]
            frames = min(mel.MOST_FRAMES, round(seconds * mel.FRAMES_PER_SECOND) + 20)
            words = word_times.aligned(
                self._model, encoded, sequence, best.tokens, found, frames=frames, seconds=seconds
            )
        else:
            words = word_times.spread(found, seconds, best.score)
        return list(zip((unit.first for unit in found), words, strict=True))

    def _after_context(
        self, best: _Hypothesis, words: list[tuple[int, Word]], request: Request
    ) -> tuple[str, list[tuple[int, Word]]]:
        """What was said after the context. A word belongs to where it ends: its beginning
        is often put into the pause before it."""
        context = request.context / RATE
        kept = [(first, word) for first, word in words if word.end > context + _INTO]
        if not kept:
            return "", []
        text = self._vocabulary.text(best.tokens[kept[0][0] :])
        moved = [
            (first, replace(word.shifted(-context), start=max(0.0, round(word.start - context, 2))))
            for first, word in kept
        ]
        return text, moved

    def _generate(
        self, encoded: Encoded, prompt: list[str], seconds: float, request: Request
    ) -> _Hypothesis:
        spare = _TOKENS_SPARE if request.final else _PARTIAL_TOKENS_SPARE
        room = min(_LONGEST_TOKENS, int(seconds * _TOKENS_PER_SECOND) + spare)
        result = self._model.generate(
            encoded, [prompt], beam_size=_THOROUGH_BEAM if request.thorough else 1,
            max_length=len(prompt) + room, return_scores=True, return_no_speech_prob=True,
            suppress_blank=True, suppress_tokens=[-1],
        )[0]  # fmt: skip
        tokens = [t for t in result.sequences_ids[0] if t < self._vocabulary.text_end]
        return _Hypothesis(
            tokens, self._vocabulary.text(tokens), float(result.scores[0]),
            float(result.no_speech_prob),
        )  # fmt: skip

    def _encode(self, sound: Any, frames: int) -> Encoded:
        values = mel.features(sound, frames, bands=self._model.n_mels)
        return self._model.encode(ctranslate2.StorageView.from_array(values[None]))

    def _start(self, language: str) -> list[str]:
        if not self._model.is_multilingual:
            return ["<|startoftranscript|>", "<|notimestamps|>"]
        return ["<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>"]

    def _prompt(self, language: str) -> list[str]:
        if language not in self._prompts:
            text = _PROMPTS.get(language) if self._model.is_multilingual else None
            self._prompts[language] = self._as_prompt(text) if text else []
        return self._prompts[language]

    def _as_prompt(self, text: str) -> list[str]:
        """Tokens that let the model believe that ``text`` was said before."""
        ids = self._vocabulary.encode(text)
        return ["<|startofprev|>", *(self._vocabulary.tokens[number] for number in ids)]

    def _language(self, encoded: Encoded, request: Request) -> str:
        if not self._model.is_multilingual:
            return "en"
        if request.language and f"<|{request.language}|>" in self._vocabulary.ids:
            return request.language
        token, probability = self._model.detect_language(encoded)[0][0]
        found: str = token.strip("<|>")
        return found if found in ("zh", "en") or probability >= _FOREIGN else "en"


class _Hypothesis:
    """What one decoding made."""

    def __init__(self, tokens: list[int], text: str, score: float, no_speech: float) -> None:
        self.tokens = tokens
        self.text = text
        self.score = round(score, 3)
        self.no_speech = round(no_speech, 3)


def _frames(samples: int, silence: int) -> int:
    """Feature frames for the sound and as many seconds of ``silence`` behind it; even,
    because the encoder halves them."""
    frames = int((samples / RATE + silence) * mel.FRAMES_PER_SECOND)
    return min(mel.MOST_FRAMES, frames + frames % 2)


def _in_memory(model: Model, vocabulary: str) -> dict[str, Any]:
    """Files for CTranslate2 when the weights come in pieces."""
    if not model.parts:
        return {}
    files = {name: (model.folder / name).read_bytes() for name in ("config.json", vocabulary)}
    files["model.bin"] = b"".join(part.read_bytes() for part in model.parts)
    return {"files": files}
