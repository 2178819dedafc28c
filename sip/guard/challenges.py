"""Which challenges Asterisk sent where: whoever answers one is really there.

Over TCP and TLS an address is never forged. Over UDP anybody may write any source
address, and Asterisk reports a wrong digest whatever its nonce. An answer is therefore
taken as proven only if its nonce belongs to a challenge that went to that address lately.

Asterisk's nonce is ``<epoch seconds>/<hash>``. Asterisk 22 reports a challenge with an
empty nonce, so that only the second can be compared; a whole nonce, where it is
reported, is compared whole. With the second alone the proof is weak: somebody who
knows this can provoke a challenge and answer it unseen.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime

from sip.ami import AmiEvent

_KEPT_SECONDS = 60.0  # Asterisk's nonces live for 32 s
_MOST_ADDRESSES = 10_000
_MOST_EACH = 64
_SLACK = 1  # seconds between making a challenge and reporting it

_UNFORGED = frozenset({"TCP", "TLS", "WS", "WSS"})


def _transport(remote: str) -> str:
    """``UDP`` in ``IPV4/UDP/192.0.2.1/5060``; empty for anything else."""
    parts = remote.split("/")
    return parts[1] if len(parts) == 4 else ""


def _second(event_tv: str) -> int | None:
    """The epoch second of ``2026-12-01T00:10:19.123+0000``; None for anything else."""
    try:
        return int(datetime.fromisoformat(event_tv).timestamp())
    except (ValueError, OverflowError):
        return None


class Challenges:
    """Those of the last minute. Times are monotonic seconds. Bounded: the address that was
    challenged longest ago is forgotten first."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, deque[tuple[float, str, int | None]]] = OrderedDict()

    def note(self, address: str, event: AmiEvent, now: float) -> None:
        """The ChallengeSent ``event`` tells of one that went to ``address``."""
        self._sent_one(address, event.get("Challenge"), _second(event.get("EventTV")), now)

    def proven(self, address: str, event: AmiEvent, now: float) -> bool:
        """Whether the ChallengeResponseFailed ``event`` really came from ``address``."""
        if _transport(event.get("RemoteAddress")) in _UNFORGED:
            return True
        if not self._answered(address, event.get("Challenge"), now):
            return False
        # The refusal holds the next challenge, which Asterisk does not report.
        self._sent_one(address, "", _second(event.get("EventTV")), now)
        return True

    def _sent_one(self, address: str, nonce: str, at: int | None, now: float) -> None:
        found = self._sent.pop(address, None)
        if found is None:
            found = deque(maxlen=_MOST_EACH)
        self._sent[address] = found
        if not found or found[-1][1:] != (nonce, at):
            found.append((now, nonce, at))
        if len(self._sent) > _MOST_ADDRESSES:
            self._sent.popitem(last=False)

    def _answered(self, address: str, nonce: str, now: float) -> bool:
        made = _made(nonce)
        for when, known, at in self._sent.get(address, ()):
            if now - when > _KEPT_SECONDS:
                continue
            if known:
                if known == nonce:
                    return True
            elif made is not None and at is not None and 0 <= at - made <= _SLACK:
                return True
        return False


def _made(nonce: str) -> int | None:
    """When Asterisk made ``nonce``, in epoch seconds; None if it did not."""
    digits, slash, rest = nonce.partition("/")
    whole = slash and rest and digits.isascii() and digits.isdigit() and len(digits) <= 12
    return int(digits) if whole else None
