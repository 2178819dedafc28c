"""Word and character error rates, after both texts were put into one form."""

from __future__ import annotations

import re
from collections.abc import Sequence

from media.recognition.written import written

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: E501, SIM905
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SAME = {"mr": "mister", "mrs": "missus", "oh": "zero", "dr": "doctor", "ok": "okay"}


def units(text: str, language: str) -> list[str]:
    """What is counted: English words with numbers spoken out, else characters."""
    if language != "en":
        plain = written(text, language, final=False) if language == "zh" else text
        return [c for c in plain.lower() if c.isalnum()]
    text = re.sub(r"(?<=\d)[,-](?=\d)", "", text.lower())
    text = text.replace("that's", "that is").replace("i'm", "i am").replace("'", "")
    words: list[str] = []
    for word in re.findall(r"[a-z]+|\d+", text):
        words += _spoken(word) if word.isdigit() else [_SAME.get(word, word)]
    return words


def errors(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein's distance."""
    row = list(range(len(heard) + 1))
    for i, wanted in enumerate(reference, 1):
        before, row[0] = row[0], i
        for j, found in enumerate(heard, 1):
            before, row[j] = row[j], min(
                row[j] + 1, row[j - 1] + 1, before + (wanted != found)
            )  # fmt: skip
    return row[-1]


def _spoken(digits: str) -> list[str]:
    number = int(digits)
    if len(digits) > 2 or digits.startswith("0"):
        return [_ONES[int(digit)] for digit in digits]
    if number < 20:
        return [_ONES[number]]
    return [_TENS[number // 10 - 2], *([_ONES[number % 10]] if number % 10 else [])]
