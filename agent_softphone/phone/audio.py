"""The audio end of a call: what it says and what it hears, frame by frame."""

from __future__ import annotations

import math
import time
import wave
from array import array
from pathlib import Path
from typing import Any

import pjsua2 as pj

from agent_softphone.phone.errors import Refused, guarded
from agent_softphone.phone.hearing import FRAME, RATE, Hearing, Tell

_BYTES = 2 * FRAME


def read_wav(file: str) -> bytes:
    """The samples of a wav file; raises :class:`Refused` unless it is 8 kHz mono 16-bit."""
    try:
        with wave.open(file, "rb") as wav:
            shape = (wav.getframerate(), wav.getnchannels(), 8 * wav.getsampwidth())
            data = wav.readframes(wav.getnframes())
    except (OSError, wave.Error, EOFError) as error:
        raise Refused("bad_file", f"{file} cannot be played: {error}") from None
    if shape != (RATE, 1, 16):
        raise Refused(
            "bad_file",
            f"{file} has {shape[0]} Hz, {shape[1]} channels, {shape[2]} bits; "
            "only 8000 Hz, 1 channel, 16 bits can be played",
        )
    return data


def sine(hz: list[float], level: float) -> bytes:
    """One second of the sum of sines, each of ``level`` dBFS (RMS)."""
    top = 32767 * math.sqrt(2) * 10 ** (level / 20)
    turns = [2 * math.pi * f / RATE for f in hz]
    mixed = (sum(top * math.sin(turn * i) for turn in turns) for i in range(RATE))
    return array("h", (round(max(-32767, min(32767, x))) for x in mixed)).tobytes()


def _frames(data: bytes) -> list[Any]:
    padded = data + bytes(-len(data) % _BYTES)
    return [pj.ByteVector(padded[i : i + _BYTES]) for i in range(0, len(padded), _BYTES)]


class CallPort(pj.AudioMediaPort):  # type: ignore[misc]
    """Sits on the conference bridge beside one call.

    Its two callbacks run in the library's clock thread, every 20 ms. They must not
    raise, and they tell the rest only through ``tell``, which queues.
    Ports are made once and used again: one port serves one call after another.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        fmt = pj.MediaFormatAudio()
        fmt.type = pj.PJMEDIA_TYPE_AUDIO
        fmt.clockRate, fmt.channelCount, fmt.bitsPerSample = RATE, 1, 16
        fmt.frameTimeUsec = 1_000_000 * FRAME // RATE
        self._silence = pj.ByteVector(bytes(_BYTES))
        self._playing: tuple[list[Any], bool] | None = None
        self._at = 0
        self._speaking = False
        self._hearing: Hearing | None = None
        self._tell: Tell | None = None
        self._record: wave.Wave_write | None = None
        self._recorded = 0
        self.createPort(f"call{number}", fmt)

    def begin(self, tell: Tell) -> None:
        """Serve a new call, whose events go to ``tell``."""
        self._tell = tell
        self._hearing = Hearing(tell)

    def end(self) -> None:
        """The call is over: fall silent, close the recording."""
        self._playing = self._hearing = self._tell = None
        self.stop_record()

    def play(self, data: bytes, *, loop: bool) -> None:
        """Say ``data`` once or for ever, from the next frame on or from when there is media."""
        frames = _frames(data)
        self._at = 0
        self._speaking = False
        self._playing = (frames, loop) if frames else None

    def stop_play(self) -> None:
        """Fall silent."""
        self._playing = None

    def record(self, file: str) -> None:
        """Write what is heard from now on to a wav file."""
        self.stop_record()
        try:
            wav = wave.open(file, "wb")  # noqa: SIM115  (closed by stop_record)
        except OSError as error:
            raise Refused("bad_file", f"{Path(file)} cannot be written: {error}") from None
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        self._recorded = 0
        self._record = wav

    def stop_record(self) -> float:
        """Finish the recording; its length in seconds (0 when there is none)."""
        wav, self._record = self._record, None
        if wav is None:
            return 0.0
        wav.close()
        return self._recorded / RATE

    def levels(self) -> dict[str, Any]:
        """What is heard just now."""
        return self._hearing.report() if self._hearing else {"rms_dbfs": None, "tones": {}}

    @guarded
    def onFrameRequested(self, frame: Any) -> None:
        """Give the bridge what the call is to say (silence too, so that RTP flows)."""
        playing = self._playing
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.size = _BYTES
        if playing is None:
            frame.buf = self._silence
            return
        frames, loop = playing
        frame.buf = frames[self._at]
        if not self._speaking:
            self._speaking = True
            if self._tell:
                self._tell("speaking")
        self._at += 1
        if self._at >= len(frames):
            self._at = 0
            if not loop:
                self._playing = None
                if self._tell:
                    self._tell("played")

    @guarded
    def onFrameReceived(self, frame: Any) -> None:
        """Take from the bridge what the call hears."""
        t = time.time()
        hearing, record = self._hearing, self._record
        if hearing is None:
            return
        data = bytes(frame.buf) if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO else b""
        if len(data) != _BYTES:
            data = bytes(_BYTES)
        hearing.hear(data, t)
        if record is not None:
            try:
                record.writeframesraw(data)
                self._recorded += FRAME
            except (OSError, ValueError, AttributeError):
                self._record = None  # closed under our hands, or the disk is full
