"""Words that a model can never recognise, asked of it in a process of its own.

``python -m media.recognition.vocabulary_gaps MODEL`` reads phrases (JSON) from standard
input and writes the missing words (JSON): loading a model of Vosk takes seconds and
hundreds of megabytes, which an app should not keep.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from media.models.model import Model
from media.recognition import wire
from media.recognition.engines import load
from media.recognition.errors import SpeechUnavailable

_SECONDS = 60.0


def vocabulary_gaps(model: Model, phrases: Sequence[str]) -> set[str]:
    """Words of ``phrases``, in lower case, that ``model`` does not know. Blocks; raises
    SpeechUnavailable."""
    lowered = [phrase.lower() for phrase in phrases]
    command = [sys.executable, "-m", "media.recognition.vocabulary_gaps"]
    try:
        done = subprocess.run(
            [*command, json.dumps(wire.of_model(model))], input=json.dumps(lowered),
            capture_output=True, text=True, timeout=_SECONDS, check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        return set(json.loads(done.stdout))
    except (subprocess.SubprocessError, ValueError, OSError) as error:
        raise SpeechUnavailable(
            f"The vocabulary of {model.name} could not be read: {type(error).__name__}."
        ) from error


if __name__ == "__main__":
    engine = load(wire.to_model(json.loads(sys.argv[1])))
    json.dump(engine.missing_words(json.load(sys.stdin)), sys.stdout)
