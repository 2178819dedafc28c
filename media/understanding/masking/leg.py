"""Masking over the utterances of one leg: a number may begin in one and end in another.

The texts of the last utterances are kept in memory, and nowhere else, until nothing said
from now on can change what of them is sensitive.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from media.understanding.characters import fold
from media.understanding.digits import read_digits, words_between
from media.understanding.masking.announced import asks_for_card
from media.understanding.masking.cues import asks_for_secret
from media.understanding.masking.find import BREAK, Sensitive, find_sensitive
from media.understanding.masking.mask import Masked, apply_mask
from media.understanding.masking.policy import Policy


@dataclass(frozen=True, slots=True)
class Correction:
    """An earlier utterance as it is to be stored and shown from now on: its number turned
    out to be sensitive, or to be harmless."""

    utterance: int
    masked: Masked


@dataclass(frozen=True, slots=True)
class Final:
    """A finished utterance, its number on this leg (from 0), and what it changed."""

    utterance: int
    masked: Masked
    corrections: tuple[Correction, ...] = ()


@dataclass(slots=True)
class _Past:
    utterance: int
    text: str
    at: float
    masked: Masked
    digits: bool


class LegMasker:
    """Masks what one leg says, in order. Quick: may run on the event loop.

    Times are seconds on any one clock (of the call, best). Not for several threads.
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._past: deque[_Past] = deque()
        self._count = 0
        self._secret_until = float("-inf")
        self._card_until = float("-inf")

    def expect(self, until: float) -> None:
        """Short numbers said before ``until`` are secrets: the other side asked for one
        (see :func:`~.cues.asks_for_secret`), or a payment form is open."""
        self._secret_until = max(self._secret_until, until)

    def expect_card(self, until: float) -> None:
        """Long numbers said before ``until`` are cards: the other side asked for one."""
        self._card_until = max(self._card_until, until)

    def overhear(self, text: str, until: float) -> tuple[bool, bool]:
        """What the other side said: what it asks for is expected ``until`` then. Returns
        whether it asks for a secret, and whether for a card."""
        secret, card = asks_for_secret(text), asks_for_card(text)
        if secret:
            self.expect(until)
        if card:
            self.expect_card(until)
        return secret, card

    def partial(self, text: str, at: float) -> Masked:
        """What may be shown of an utterance that is not finished. ``at``: when it began."""
        window = [past for past in self._past if at - past.at <= self.policy.break_seconds]
        return self._analyse(window, text, at)[-1]

    def final(self, text: str, at: float, end: float | None = None) -> Final:
        """What may be stored and shown of a finished utterance, and of earlier ones in
        the light of it. ``at`` and ``end``: when it began and ended."""
        analysed = self._analyse(list(self._past), text, at)
        corrections = []
        for past, newer in zip(self._past, analysed[:-1], strict=True):
            if newer.text != past.masked.text:
                corrections.append(Correction(past.utterance, newer))
            past.masked = newer
        number = self._count
        self._count += 1
        digits = bool(read_digits(fold(text)))
        self._past.append(_Past(number, text, at if end is None else end, analysed[-1], digits))
        self._forget(at if end is None else end)
        return Final(number, analysed[-1], tuple(corrections))

    def certain(self) -> list[tuple[int, frozenset[str]]]:
        """The utterances still remembered, with the kinds that are certain in each: also
        where they came to be certain without changing the text."""
        return [(past.utterance, past.masked.kinds) for past in self._past]

    def settle(self, now: float | None = None) -> list[Correction]:
        """Earlier utterances whose held digits may be shown: ``break_seconds`` have passed
        by ``now``, or (``None``) the leg has ended. Call it every few seconds."""
        if not self._past:
            return []
        if now is not None and now - self._past[-1].at <= self.policy.break_seconds:
            return []
        corrections = []
        for past in self._past:
            if past.masked.held:
                spans = [span for span in past.masked.spans if not span.held]
                corrections.append(
                    Correction(past.utterance, apply_mask(past.text, spans, self._whole()))
                )
        self._past.clear()
        return corrections

    def _whole(self) -> Policy:
        return replace(self.policy, keep_last=0)

    def _analyse(self, window: list[_Past], text: str, at: float) -> list[Masked]:
        """The window's utterances and the new one, masked together."""
        joined, starts, last = "", [], None
        for past in window:
            if last is not None:
                joined += self._seam(last, past.at)
            starts.append(len(joined))
            joined += past.text
            last = past.at
        if last is not None:
            joined += self._seam(last, at)
        starts.append(len(joined))
        joined += text
        secret_from = starts[-1] if at <= self._secret_until else None
        card_from = starts[-1] if at <= self._card_until else None
        spans = find_sensitive(
            joined, self.policy, hold=True, expect_secret_from=secret_from,
            expect_card_from=card_from,
        )  # fmt: skip
        result = []
        for index, start in enumerate(starts):
            words = window[index].text if index < len(window) else text
            own = [_moved(s, -start) for s in spans if start <= s.start < start + len(words)]
            if index < len(window):  # what was expected to be secret stays so
                own = _kept_secrets(own, window[index].masked)
            result.append(apply_mask(words, own, self.policy))
        return result

    def _seam(self, before: float, after: float) -> str:
        return BREAK if after - before > self.policy.break_seconds else "\n"

    def _forget(self, now: float) -> None:
        """Drop utterances that nothing said from now on can be joined to."""
        keep, words, later = 0, 0.0, now
        for past in reversed(self._past):
            if later - past.at > self.policy.break_seconds or words > self.policy.loose_words:
                break
            if keep == self.policy.longest_utterances:
                break
            keep += 1
            later = past.at
            # Digits begin the count anew; keeping too much is on the safe side.
            words = 0.0 if past.digits else words + words_between(past.text)
        while len(self._past) > keep:
            self._past.popleft()


def _moved(span: Sensitive, by: int) -> Sensitive:
    return replace(span, start=span.start + by, end=span.end + by)


def _kept_secrets(spans: list[Sensitive], before: Masked) -> list[Sensitive]:
    known = {(span.start, span.end) for span in spans}
    extra = [span for span in before.spans if not span.held and (span.start, span.end) not in known]
    return sorted([*spans, *extra], key=lambda span: span.start)
