"""The sound of a recording as an answer: whole or a part, sealed or not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from app.http import ranges
from app.http.routes import Call
from app.recordings.files import RecordingFiles
from core.errors import ParleyError
from core.log import get_logger
from media.recording.sound import Sound

log = get_logger(__name__)

_PIECE: Final = 1 << 17
"""Read and opened at a time: a listener who jumps costs no more than this."""
_TAKE_SECONDS: Final = 30.0
"""In which a listener takes a piece: less than 4 kB a second is nobody who listens."""


async def send_sound(
    files: RecordingFiles, recording_id: str, name: str, call: Call
) -> web.StreamResponse:
    """Answer with the recording in the file ``name``. Raises as
    :meth:`RecordingFiles.opened`; what is found to be damaged on the way ends the
    connection before all was sent."""
    async with files.opened(recording_id, name) as sound:
        answer = ranges.answer(call.request, sound.size, sound.etag, sound.modified)
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.headers["Cache-Control"] = "private, no-store"
        if answer.status in (304, 412, 416):
            response.content_length = None if answer.status == 304 else 0
            await response.prepare(call.request)
            return response
        response.content_type = "audio/wav"
        response.headers["Content-Disposition"] = f'attachment; filename="{recording_id}.wav"'
        response.content_length = answer.length
        if call.request.method == "HEAD":
            await response.prepare(call.request)
            return response
        # Before anything is promised: what is damaged at its beginning is an error.
        first = await asyncio.to_thread(sound.read, answer.start, min(_PIECE, answer.length))
        await response.prepare(call.request)
        await _send(response, sound, first, answer, call)
        return response


async def _send(
    response: web.StreamResponse, sound: Sound, piece: bytes, answer: ranges.Answer, call: Call
) -> None:
    at, end = answer.start, answer.start + answer.length
    try:
        while True:
            async with asyncio.timeout(_TAKE_SECONDS):
                await response.write(piece)
            at += len(piece)
            if at >= end or not piece:
                break
            piece = await asyncio.to_thread(sound.read, at, min(_PIECE, end - at))
    except ParleyError as error:
        log.error("http.recording_damaged", code=error.code)
        # Too late for a status: the asker must see that this is not all.
        if call.request.transport is not None:
            call.request.transport.abort()
        return
    except TimeoutError:  # it takes nothing any more
        if call.request.transport is not None:
            call.request.transport.abort()
        return
    with suppress(ConnectionResetError):
        await response.write_eof()
