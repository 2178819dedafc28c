"""What can be wrong with a recording or its keys. The codes are stable."""

from __future__ import annotations

from typing import ClassVar

from core.errors import BadInput, NotFound, ParleyError


class RecordingDamaged(ParleyError):
    """The head of a sealed recording is not what was written, or is of no known form."""

    code: ClassVar[str] = "recording_damaged"


class RecordingTruncated(RecordingDamaged):
    """The file is shorter, or longer, than it was made."""

    code: ClassVar[str] = "recording_truncated"


class RecordingTampered(RecordingDamaged):
    """A part of the sound is not what was written: changed, or from another place."""

    code: ClassVar[str] = "recording_tampered"


class RecordingSwapped(RecordingDamaged):
    """The file is whole, but it is another recording than the one asked for."""

    code: ClassVar[str] = "recording_swapped"


class RecordingKeyMissing(NotFound):
    """There is no key of the id that the recording names."""

    code: ClassVar[str] = "recording_key_missing"
    http_status: ClassVar[int] = 500


class RecordingKeyWrong(ParleyError):
    """The key of that id is not the one with which the recording was sealed."""

    code: ClassVar[str] = "recording_key_wrong"


class KeyRingUnusable(BadInput):
    """The text of the recording keys cannot be read."""

    code: ClassVar[str] = "recording_keys_unusable"
