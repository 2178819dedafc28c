"""What can go wrong with synthesis."""

from __future__ import annotations

from typing import ClassVar

from core.errors import BadInput, Full, NotFound, Unavailable


class NothingToSay(BadInput):
    """The text is empty, too long, or has nothing in it that can be spoken."""

    code: ClassVar[str] = "nothing_to_say"


class BadLexicon(BadInput):
    """A pronunciation lexicon is not of the form that is documented."""

    code: ClassVar[str] = "bad_lexicon"


class VoiceMissing(NotFound):
    """No engine speaks the language, or it has no such voice."""

    code: ClassVar[str] = "voice_missing"


class SynthesisUnavailable(Unavailable):
    """The packages of the engine are not installed, or it cannot be loaded."""

    code: ClassVar[str] = "synthesis_unavailable"
    retryable: ClassVar[bool] = False


class SynthesisFailed(Unavailable):
    """The engine failed, died or took too long over a text, twice."""

    code: ClassVar[str] = "synthesis_failed"


class SynthesisBusy(Full):
    """More clauses wait to be spoken than is allowed."""

    code: ClassVar[str] = "synthesis_busy"
