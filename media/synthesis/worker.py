"""A synthesis process: ``python -m media.synthesis.worker``.

Reads jobs from standard input, writes sound to standard output, one at a time, until its
input ends. Engines are loaded when they are first asked for.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from typing import Any, BinaryIO

import numpy as np

from core.errors import ParleyError
from media.synthesis import wire
from media.synthesis.contract import Engine, Part, PartKind, Samples
from media.synthesis.loudness import for_telephone

_NICE = 5  # calls come first
_NOTHING: Samples = np.zeros(0, dtype=np.int16)
_engines: dict[str, Engine] = {}


def main() -> int:
    """Serve until the input ends."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    # Libraries print to standard output; only answers may go there.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    while (job := wire.read(sys.stdin.buffer)) is not None:
        try:
            answer, sound = _speak(job)
        except ParleyError as error:
            answer, sound = {"error": error.as_dict()}, _NOTHING
        except Exception as error:
            said = {"code": "internal", "message": f"{type(error).__name__}: {error}"}
            answer, sound = {"error": said}, _NOTHING
        _send(out, wire.pack(answer, sound))
    return 0


def _speak(job: dict[str, Any]) -> tuple[dict[str, Any], Samples]:
    began = time.process_time()
    engine = _load(job["engine"])
    loaded = time.process_time()
    if not job["parts"]:  # only to have it loaded
        return {"load_cpu_seconds": loaded - began}, _NOTHING
    parts = [Part(PartKind(kind), value) for kind, value in job["parts"]]
    sound = engine.speak(parts, language=job["language"], voice=job["voice"], speed=job["speed"])
    samples = for_telephone(sound, engine.rate, job["rate"])
    return {"cpu_seconds": time.process_time() - loaded}, samples


def _load(reference: str) -> Engine:
    if reference not in _engines:
        module, _, name = reference.partition(":")
        _engines[reference] = getattr(importlib.import_module(module), name)()
    return _engines[reference]


def _send(out: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[out.write(left) :]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        sys.exit(main())
