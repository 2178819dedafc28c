"""What can go wrong with recognition. None of it may ever disturb a call."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Full, Unavailable


class SpeechOverloaded(Full):
    """More finished utterances wait for their text than is allowed; this one has to be
    recognised after the call."""

    code: ClassVar[str] = "speech_overloaded"


class SpeechUnavailable(Unavailable):
    """No recognition process works, or there is no model for the language."""

    code: ClassVar[str] = "speech_unavailable"


class RecognitionFailed(Unavailable):
    """Processes died or failed over one utterance again and again."""

    code: ClassVar[str] = "recognition_failed"
    retryable: ClassVar[bool] = False
