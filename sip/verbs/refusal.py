"""What Asterisk's refusals mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from core.errors import NotFound
from sip.ami import AmiRefused


class NoSuchChannel(NotFound):
    """The channel is gone (its hang-up has been or will be reported)."""

    code: ClassVar[str] = "no_such_channel"


_GONE = (
    "no such channel",
    "does not exist",
    "not found",
    "channel not",
    "no channel",
    "unable to add",
)


@contextmanager
def refusals(channel: str) -> Iterator[None]:
    """Turn 'no such channel' in its several wordings into :class:`NoSuchChannel`."""
    try:
        yield
    except AmiRefused as error:
        if any(words in error.reason.lower() for words in _GONE):
            raise NoSuchChannel(
                f"The channel is gone: {error.reason}.", hint="The call has ended meanwhile."
            ) from error
        raise
