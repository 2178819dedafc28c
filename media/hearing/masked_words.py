"""The words of an utterance, masked like its text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from media.recognition.engine import Word
from media.understanding.characters import fold
from media.understanding.digits import read_digits
from media.understanding.masking import Masked, Policy
from media.understanding.masking.audio import places_of


def masked_words(
    text: str, masked: Masked, words: Sequence[Word], policy: Policy
) -> list[list[Any]]:
    """``words`` of ``text`` as ``[text, start, end, confidence]``.

    Masked are those that stand where the text is masked, those between which something
    masked stands, and, once anything is, every word that says digits: rather too many.
    """
    if not masked.spans:
        return [word.as_list() for word in words]
    places = places_of(fold(text), words)
    hidden = [
        any(start < span.end and span.start < end for span in masked.spans)
        or bool(read_digits(fold(word.text), heard=True))
        for (start, end), word in zip(places, words, strict=True)
    ]
    for span in masked.spans:
        if not any(start < span.end and span.start < end for start, end in places):
            before = [i for i, (_, end) in enumerate(places) if end <= span.start]
            after = [i for i, (start, _) in enumerate(places) if start >= span.end]
            for i in (*before[-1:], *after[:1]):
                hidden[i] = True
    return [
        [policy.mask * max(1, len(word.text.strip())), *word.as_list()[1:]] if hide
        else word.as_list()
        for word, hide in zip(words, hidden, strict=True)
    ]  # fmt: skip
