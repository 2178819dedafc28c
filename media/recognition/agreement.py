"""LocalAgreement-2: which words of a growing utterance will not change any more.

Machacek, Dabre, Bojar, "Turning Whisper into Real-Time Transcription System" (2023):
a word is committed when two hypotheses in a row have it in the same place, after all
words before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from media.recognition.engine import Word


class Agreement:
    """One utterance's."""

    def __init__(self) -> None:
        self._previous: list[str] = []
        self.committed: list[Word] = []

    def feed(self, words: Sequence[Word]) -> list[Word]:
        """The words that ``words``, a new hypothesis, commits. The last word of a
        hypothesis never counts: it may be cut."""
        now = [_bare(word.text) for word in words]
        agreed = 0
        for ours, theirs in zip(now[:-1], self._previous, strict=False):
            if ours != theirs:
                break
            agreed += 1
        self._previous = now
        done = len(self.committed)
        kept = [_bare(word.text) for word in self.committed] == now[:done]
        if not kept or agreed <= done:
            return []
        fresh = list(words[done:agreed])
        self.committed += fresh
        return fresh


def _bare(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
