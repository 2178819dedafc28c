"""What can go wrong with understanding text."""

from __future__ import annotations

from typing import ClassVar

from core.errors import BadInput, NotFound


class BadModel(BadInput):
    """A model file is damaged, of another kind, or of a newer format."""

    code: ClassVar[str] = "bad_model"


class NoModel(NotFound):
    """There is no such model file."""

    code: ClassVar[str] = "no_model"


class BadExamples(BadInput):
    """A file of examples cannot be read, or holds too little to learn from."""

    code: ClassVar[str] = "bad_examples"


class BadPattern(BadInput):
    """A configured pattern is not a regular expression."""

    code: ClassVar[str] = "bad_pattern"
