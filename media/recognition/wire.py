"""Messages between the app and its recognition processes: JSON and sound in one frame.

Four bytes length of the JSON, four of the sound (big-endian), then both. The sound is
signed linear, 16 bits, 16 kHz.
"""

from __future__ import annotations

import asyncio
import json
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from media.models.model import Kind, Model
from media.recognition.engine import Request
from media.recognition.grammar import Grammar

_HEAD = struct.Struct(">II")


def pack(content: dict[str, Any], sound: bytes = b"") -> bytes:
    """One message."""
    text = json.dumps(content, ensure_ascii=False).encode()
    return _HEAD.pack(len(text), len(sound)) + text + sound


async def receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The next message; raises asyncio.IncompleteReadError when the other side is gone."""
    text, sound = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    content: dict[str, Any] = json.loads(await reader.readexactly(text))
    await reader.readexactly(sound)
    return content


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message of a blocking stream; None at its end."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    text, sound = _HEAD.unpack(head)
    content: dict[str, Any] = json.loads(stream.read(text))
    return content, stream.read(sound)


def of_request(request: Request, model: str) -> bytes:
    """A request as a message."""
    grammar = request.grammar.as_dict() if request.grammar else None
    content = {
        "model": model, "utterance": request.utterance, "language": request.language,
        "final": request.final, "grammar": grammar, "voiced": request.voiced,
        "thorough": request.thorough, "context": request.context,
    }  # fmt: skip
    return pack(content, request.sound.astype("<i2").tobytes())


def to_request(content: dict[str, Any], sound: bytes) -> tuple[Request, str]:
    """The inverse of :func:`of_request`: the request and the model's name."""
    grammar = content["grammar"]
    request = Request(
        np.frombuffer(sound, dtype="<i2"), content["utterance"], content["language"],
        content["final"], Grammar.from_dict(grammar) if grammar else None, content["voiced"],
        content["thorough"], content["context"],
    )  # fmt: skip
    return request, content["model"]


def of_model(model: Model) -> dict[str, Any]:
    """A model as JSON."""
    return {
        "name": model.name, "kind": model.kind.value, "folder": str(model.folder),
        "languages": list(model.languages), "parts": [str(part) for part in model.parts],
        "bundled": model.bundled,
    }  # fmt: skip


def to_model(raw: dict[str, Any]) -> Model:
    """The inverse of :func:`of_model`."""
    return Model(
        name=raw["name"], kind=Kind(raw["kind"]), folder=Path(raw["folder"]),
        languages=tuple(raw["languages"]), parts=tuple(Path(part) for part in raw["parts"]),
        bundled=raw["bundled"],
    )  # fmt: skip
