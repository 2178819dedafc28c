"""One call of a remote phone."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_softphone.phone_errors import CallEnded, PhoneDied, PhoneTimeout

if TYPE_CHECKING:
    from agent_softphone.remote import Phone

Event = dict[str, Any]
_KEPT_EVENTS = 1000


class History:
    """Events in order of arrival, and a way to wait for one. Bounded: the oldest go."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=_KEPT_EVENTS)
        self._changed = asyncio.Event()

    def add(self, event: Event) -> None:
        """Keep an event and wake those who wait."""
        self.events.append(event)
        self.wake()

    def wake(self) -> None:
        """Let those who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, look: Callable[[], Event | None], timeout: float, what: str) -> Event:
        """The first thing that ``look`` finds; raises PhoneTimeout naming ``what``."""
        try:
            async with asyncio.timeout(timeout):
                while (found := look()) is None:
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise PhoneTimeout(f"Waited {timeout} s for {what} in vain.") from None


class Call:
    """A call on a phone process, driven from here.

    Times (``at``, and ``t`` of events) are ``time.time()`` taken in the phone's
    process when the thing happened, so they can be compared across phones.
    """

    def __init__(self, phone: Phone, name: str) -> None:
        self._phone = phone
        self.id = name
        self.history = History()
        self.state = "none"
        self.code = 0
        self._play_asked = 0.0
        self.reason = ""
        self.ended_by = ""
        self.end_headers: dict[str, str] = {}
        self.media = "none"
        self.codec = ""
        self.digits = ""
        self.at: dict[str, float] = {}
        self._states: dict[str, Event] = {}
        self.account = ""
        self.from_user = ""
        self.from_name = ""
        self.to_user = ""
        self.headers: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<Call {self.id} {self.state} {self.code} of phone {self._phone.pid}>"

    def take(self, event: Event) -> None:
        """Follow an event of the phone process."""
        kind = event["event"]
        if kind == "state":
            self.state, self.code, self.reason = event["state"], event["code"], event["reason"]
            self.at.setdefault(self.state, event["t"])
            self._states.setdefault(self.state, event)
            if self.state == "disconnected":
                self.ended_by, self.end_headers = event["by"], event["headers"]
        elif kind == "incoming":
            self.at["invite"] = event["t"]
            self.account, self.headers = event["account"], event["headers"]
            self.from_user, self.from_name = event["from_user"], event["from_name"]
            self.to_user = event["to_user"]
        elif kind == "media":
            self.media, self.codec = event["state"], event["codec"] or self.codec
        elif kind == "dtmf":
            self.digits += event["digit"]
        self.history.add(event)

    # --- waiting -----------------------------------------------------------

    async def wait_event(
        self, match: Callable[[Event], bool], timeout: float, what: str = "an event"
    ) -> Event:
        """The first event, past ones included, that matches.

        Raises PhoneTimeout; CallEnded when the call ends without it; PhoneDied.
        """

        def look() -> Event | None:
            found = next((e for e in self.history.events if match(e)), None)
            if found is None:
                self._must_live(what)
            return found

        return await self.history.until(look, timeout, f"{what} on {self!r}")

    async def wait_state(self, state: str, timeout: float = 10.0) -> Event:
        """The event of entering ``state``: calling, incoming, early, connecting,
        confirmed or disconnected; at once when it has been entered already."""

        def look() -> Event | None:
            if state not in self._states:
                self._must_live(f"state {state}")
            return self._states.get(state)

        return await self.history.until(look, timeout, f"state {state} on {self!r}")

    async def wait_media(self, state: str = "active", timeout: float = 10.0) -> None:
        """Until the media *are* active, local_hold, remote_hold or none."""
        await self._until(lambda: self.media == state, timeout, f"media {state}")

    async def wait_digits(self, digits: str, timeout: float = 10.0) -> None:
        """Until ``digits`` have been received, in this order and at the end so far."""
        await self._until(lambda: self.digits.endswith(digits), timeout, f"the digits {digits}")

    async def hear_tone(self, hz: int, timeout: float = 5.0, *, after: float = 0.0) -> float:
        """Until the tone is heard (now, or from ``after`` on); the moment it began.

        Only the tones the phone listens for are found: 440, 660, 880, 1004, 1200
        and 1500 Hz.
        """

        def look() -> Event | None:
            tones = [e for e in self.history.events if e["event"] == "tone" and e["hz"] == hz]
            begun = [e for e in tones if e["on"] and e["t"] >= after]
            if after and begun:
                return begun[0]
            if not after and tones and tones[-1]["on"]:
                return tones[-1]
            self._must_live(f"a tone of {hz} Hz")
            return None

        found = await self.history.until(look, timeout, f"a tone of {hz} Hz on {self!r}")
        return float(found["t"])

    async def miss_tone(self, hz: int, timeout: float = 5.0) -> None:
        """Until the tone is not heard (any more)."""

        def gone() -> bool:
            tones = [e for e in self.history.events if e["event"] == "tone" and e["hz"] == hz]
            return not tones or not tones[-1]["on"]

        await self._until(gone, timeout, f"the end of the tone of {hz} Hz")

    async def hear_sound(self, timeout: float = 5.0, *, after: float = 0.0) -> float:
        """The moment at which the first sound (after silence) was heard."""
        found = await self.wait_event(
            lambda e: e["event"] == "sound" and e["on"] and e["t"] >= after, timeout, "sound"
        )
        return float(found["t"])

    async def wait_played(self, timeout: float = 60.0) -> None:
        """Until the file that :meth:`play` was last asked for, not looped, has been played to
        its end."""
        await self.wait_event(
            lambda e: e["event"] == "played" and e["t"] > self._play_asked, timeout,
            "the end of a file",
        )  # fmt: skip

    async def _until(self, test: Callable[[], bool], timeout: float, what: str) -> None:
        def look() -> Event | None:
            if test():
                return {}
            self._must_live(what)
            return None

        await self.history.until(look, timeout, f"{what} on {self!r}")

    def _must_live(self, what: str) -> None:
        if self._phone.died:
            raise PhoneDied(str(self._phone.died))
        if self.state == "disconnected":
            raise CallEnded(
                f"{self!r} ended ({self.code} {self.reason}, by {self.ended_by}) before {what}.",
                sip_code=self.code,
            )

    # --- doing -------------------------------------------------------------

    async def _ask(self, do: str, **fields: Any) -> Any:
        return await self._phone.ask(do, call=self.id, **fields)

    async def answer(self, code: int = 200, *, delay: float = 0.0) -> None:
        """Answer after ``delay`` seconds (180 and 183 are provisional)."""
        await self._ask("answer", code=code, delay=delay)

    async def reject(self, code: int = 486, *, headers: dict[str, str] | None = None) -> None:
        """Refuse: 486 busy here, 480 temporarily unavailable, 603 decline..."""
        await self._ask("reject", code=code, headers=headers or {})

    async def redirect(self, uri: str, code: int = 302) -> None:
        """Refuse with a redirection to ``uri`` (RFC 3261, 21.3)."""
        await self.reject(code, headers={"Contact": f"<{uri}>"})

    async def hangup(self) -> float:
        """Hang up (CANCEL or BYE); the moment it was sent."""
        return float((await self._ask("hangup"))["sent"])

    async def hold(self) -> None:
        """Put the other side on hold (re-INVITE, sendonly)."""
        await self._ask("hold")

    async def unhold(self) -> None:
        """Take the other side back."""
        await self._ask("unhold")

    async def transfer(self, uri: str) -> None:
        """Transfer blindly, by REFER."""
        await self._ask("transfer", uri=uri)

    async def transfer_to(self, other: Call) -> None:
        """Transfer to whom ``other``, a call of the same phone, is with (REFER with
        Replaces)."""
        await self._ask("transfer", other=other.id)

    async def dtmf(self, digits: str, *, method: str = "rfc4733", duration: int = 100) -> None:
        """Send digits: method rfc4733 or info, ``duration`` ms each."""
        await self._ask("dtmf", digits=digits, method=method, duration=duration)

    async def play(self, file: Path | str, *, loop: bool = False) -> float:
        """Say a wav file (8 kHz, mono, 16-bit); its length in seconds."""
        self._play_asked = time.time()
        return float((await self._ask("play", file=str(file), loop=loop))["seconds"])

    async def tone(self, *hz: int, level: float = -16.0) -> None:
        """Say tones until told otherwise, each at ``level`` dBFS; none: silence."""
        await self._ask("tone", hz=list(hz), level=level)

    async def stop_play(self) -> None:
        """Fall silent."""
        await self._ask("stop_play")

    async def record(self, file: Path | str) -> None:
        """Write what is heard to a wav file until the call ends or :meth:`stop_record`."""
        await self._ask("record", file=str(file))

    async def stop_record(self) -> float:
        """Finish the recording; its length in seconds."""
        return float((await self._ask("stop_record"))["seconds"])

    async def levels(self) -> dict[str, Any]:
        """``rms_dbfs`` and the ``tones`` (Hz to dBFS) heard in the last 40 ms."""
        reply = await self._ask("levels")
        return {"rms_dbfs": reply["rms_dbfs"], "tones": reply["tones"]}
