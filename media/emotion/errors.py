"""What can go wrong while a voice is judged."""

from __future__ import annotations

from typing import ClassVar

from core.errors import BadInput, ParleyError


class BadFrame(BadInput):
    """What was fed is not 20 ms of int16 at 8 kHz."""

    code: ClassVar[str] = "bad_frame"


class BadModel(ParleyError):
    """A file of weights is missing, damaged or made for other features."""

    code: ClassVar[str] = "bad_emotion_model"


class BadCalibration(BadInput):
    """A stored calibration cannot be used."""

    code: ClassVar[str] = "bad_emotion_calibration"


class BadCorpus(BadInput):
    """A training set is missing, damaged or not licensed for what ships."""

    code: ClassVar[str] = "bad_emotion_corpus"
