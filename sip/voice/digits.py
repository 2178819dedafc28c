"""Keys that callers press, from Asterisk's events.

A FastAGI session hears a key only while one of its commands runs; between two of them
(a moment in which we think, longer on a busy machine) keys are lost, and who dials
ahead presses just then. The event DTMFEnd reports every key.

It reports some twice: a key that follows another too quickly (an automatic dialler, a
soft phone) is put off by Asterisk and read, and reported, again. DTMFBegin comes once for
such a press. Very short keys, and those of SIP INFO, have no beginning.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

from sip.ami import AmiClient, AmiEvent

BOUND = 20  # nobody dials that far ahead, but a stuck key does


class DigitFeed:
    """The keys of one channel, in order; those beyond :data:`BOUND` are dropped."""

    def __init__(self, ami: AmiClient) -> None:
        self._ami = ami
        self._digits: deque[str] = deque()
        self._some = asyncio.Event()
        self._begun: Counter[str] = Counter()
        self._may_repeat = ""  # the last key that had a beginning and an end

    @property
    def live(self) -> bool:
        """Whether Asterisk reports keys now."""
        return self._ami.is_up

    def begin(self, digit: str) -> None:
        """A key goes down."""
        self._begun[digit] += 1

    def end(self, digit: str) -> None:
        """A key is up again, or is reported to be once more."""
        if self._begun[digit] > 0:
            self._begun[digit] -= 1
            self._may_repeat = digit
        elif self._may_repeat == digit:
            self._may_repeat = ""
            return
        self.put(digit)

    def put(self, digit: str) -> None:
        """A key was pressed."""
        if len(self._digits) < BOUND:
            self._digits.append(digit)
            self._some.set()

    def take(self) -> str | None:
        """The next key, None if there is none."""
        if not self._digits:
            return None
        digit = self._digits.popleft()
        if not self._digits:
            self._some.clear()
        return digit

    def clear(self) -> None:
        """Forget what was pressed."""
        self._digits.clear()
        self._some.clear()

    def __len__(self) -> int:
        return len(self._digits)

    async def pressed(self) -> None:
        """Return when there is a key."""
        await self._some.wait()


class DigitFeeds:
    """The feeds that are open, by the channel's Uniqueid and name."""

    def __init__(self, ami: AmiClient) -> None:
        self._ami = ami
        self._feeds: dict[tuple[str, str], DigitFeed] = {}
        ami.on(("DTMFBegin", "DTMFEnd"), self._dtmf)

    @contextmanager
    def open(self, uniqueid: str, channel: str) -> Iterator[DigitFeed]:
        """Collect the keys of a channel from now on."""
        key = uniqueid, channel
        feed = self._feeds[key] = DigitFeed(self._ami)
        try:
            yield feed
        finally:
            if self._feeds.get(key) is feed:
                del self._feeds[key]

    def _dtmf(self, event: AmiEvent) -> None:
        # Of both, only the name stands before what a caller chose.
        feed = self._feeds.get((event.get("Uniqueid"), event.get("Channel")))
        if feed is not None and event.get("Direction") == "Received":
            key = feed.begin if event.name == "DTMFBegin" else feed.end
            key(event.get("Digit"))
