"""Messages between the app and a synthesis process: JSON and sound in one frame.

Four bytes length of the JSON, four of the sound (big-endian), then both. The sound is
signed linear, 16 bits, little-endian.
"""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any, BinaryIO

import numpy as np

from media.synthesis.contract import Samples

_HEAD = struct.Struct(">II")


def pack(content: dict[str, Any], sound: Samples | None = None) -> bytes:
    """One message."""
    text = json.dumps(content, ensure_ascii=False).encode()
    data = b"" if sound is None else sound.astype("<i2").tobytes()
    return _HEAD.pack(len(text), len(data)) + text + data


async def receive(reader: asyncio.StreamReader) -> tuple[dict[str, Any], Samples]:
    """The next message; raises asyncio.IncompleteReadError when the other side is gone."""
    text, sound = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    content: dict[str, Any] = json.loads(await reader.readexactly(text))
    samples: Samples = np.frombuffer(await reader.readexactly(sound), dtype="<i2").copy()
    return content, samples


def read(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message of a blocking stream; None at its end."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    text, sound = _HEAD.unpack(head)
    content: dict[str, Any] = json.loads(stream.read(text))
    stream.read(sound)
    return content
