"""What Asterisk says: events and responses, read-only.

Header names are case-insensitive. A header that Asterisk repeats (``ChanVariable``,
``Output``) is read whole with :meth:`all`; the other methods give its first value.
"""

from __future__ import annotations

from typing import Any

Headers = dict[str, tuple[str, str | list[str]]]


class AmiMessage:
    """The headers of one message."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Headers) -> None:
        """``headers``: lower-case name to (name as sent, value or list of values)."""
        self._headers = headers

    def get(self, key: str, default: str = "") -> str:
        """The value of header ``key``, or ``default`` if it is absent."""
        entry = self._headers.get(key.lower())
        if entry is None:
            return default
        value = entry[1]
        return value[0] if isinstance(value, list) else value

    def __getitem__(self, key: str) -> str:
        """The value of header ``key``; raises KeyError if it is absent."""
        value = self._headers[key.lower()][1]
        return value[0] if isinstance(value, list) else value

    def __contains__(self, key: str) -> bool:
        return key.lower() in self._headers

    def all(self, key: str) -> list[str]:
        """Every value of header ``key``, in order."""
        entry = self._headers.get(key.lower())
        if entry is None:
            return []
        return list(entry[1]) if isinstance(entry[1], list) else [entry[1]]

    def as_dict(self) -> dict[str, Any]:
        """Name to value as sent; a repeated header is a list. For diagnosis and tests."""
        return {name: value for name, value in self._headers.values() if name != "content"}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.as_dict()}>"


class AmiEvent(AmiMessage):
    """Something that happened in Asterisk."""

    __slots__ = ("name",)

    def __init__(self, name: str, headers: Headers) -> None:
        self._headers = headers
        self.name = name


class AmiResponse(AmiMessage):
    """Asterisk's answer to one action."""

    __slots__ = ()

    @property
    def message(self) -> str:
        """Asterisk's own words, often empty."""
        return self.get("Message").strip()  # some end with a newline

    @property
    def output(self) -> list[str]:
        """The lines that a ``Command`` printed."""
        return self.all("Output")
