"""A recognition process: ``python -m media.recognition.worker MODELS``.

Reads requests from standard input, writes answers to standard output, one at a time,
until its input ends. ``MODELS`` is JSON: what it may be asked for, and what to load
before it says that it is ready. Everything that was in it can be lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import ParleyError
from media.models.model import Model
from media.recognition import wire
from media.recognition.engine import Engine
from media.recognition.engines import load

_NICE = 5
_TRIES = 10


class _Engines:
    def __init__(self, models: list[Model]) -> None:
        self._models = {model.name: model for model in models}
        self._loaded: dict[str, Engine] = {}

    def get(self, name: str) -> Engine:
        if name not in self._loaded:
            self._loaded[name] = load(self._models[name])
        return self._loaded[name]


def main(argument: str) -> int:
    """Serve until the input ends; 1 if a model that is needed cannot be loaded."""
    _give_way()
    # Libraries print to standard output; only answers may go there.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    setup: dict[str, Any] = json.loads(argument)
    engines = _Engines([wire.to_model(raw) for raw in setup["models"]])
    began = time.monotonic()
    try:
        for name in setup["preload"]:
            engines.get(name)
    except Exception as error:
        _send(out, _error(error))
        return 1
    _send(out, {"ready": round(time.monotonic() - began, 3)})
    while (got := wire.read(sys.stdin.buffer)) is not None:
        _send(out, _answer(engines, *got))
    return 0


def _give_way() -> None:
    """Calls come first. Where Linux groups processes by session our own nice value counts
    within the session only, in which there is nobody else: the group's counts then."""
    with contextlib.suppress(OSError):
        nice = os.nice(_NICE)
        for _ in range(_TRIES):
            try:
                Path("/proc/self/autogroup").write_text(str(nice))
                return
            except BlockingIOError:  # others set theirs now: one at a time, 10 a second
                time.sleep(0.1 + os.getpid() % 7 * 0.02)


def _answer(engines: _Engines, content: dict[str, Any], sound: bytes) -> dict[str, Any]:
    try:
        request, model = wire.to_request(content, sound)
        return engines.get(model).decode(request).as_dict()
    except Exception as error:
        return _error(error)


def _error(error: Exception) -> dict[str, Any]:
    if isinstance(error, ParleyError):
        return {"error": error.as_dict()}
    return {"error": {"code": "internal", "message": f"{type(error).__name__}: {error}"}}


def _send(out: BinaryIO, content: dict[str, Any]) -> None:
    data = memoryview(wire.pack(content))
    while data:
        data = data[out.write(data) :]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        sys.exit(main(sys.argv[1]))
