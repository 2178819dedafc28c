"""How a whole number is spoken: a list of prompt ids.

English: 105 is "one hundred five". Mandarin: 105 is 一百零五, 110 is 一百一十, 12 is
十二 (not 一十二), 1005 is 一千零五.
"""

from __future__ import annotations

from media.errors import PromptMissing

LARGEST = 9999


def number_prompts(number: int, language: str) -> list[str]:
    """Prompt ids that say ``number`` (0 to 9999), in order.

    Chinese rules for languages that begin with zh, English ones otherwise.
    Raises PromptMissing outside the range.
    """
    if not 0 <= number <= LARGEST:
        raise PromptMissing(
            f"{number} cannot be spoken: the numbers are 0 to {LARGEST}.",
            hint="Say it otherwise, for example without the number.",
        )
    words = _chinese(number) if language.lower().startswith("zh") else _english(number)
    return [f"number-{word}" for word in words]


def _english(number: int) -> list[str]:
    thousands, rest = divmod(number, 1000)
    hundreds, below = divmod(rest, 100)
    words: list[str] = []
    if thousands:
        words += [str(thousands), "thousand"]
    if hundreds:
        words += [str(hundreds), "hundred"]
    if below or not words:
        words += _below_hundred(below)
    return words


def _below_hundred(number: int) -> list[str]:
    """Both languages have whole prompts up to 20 and for the tens."""
    if number <= 20 or number % 10 == 0:
        return [str(number)]
    return [str(number - number % 10), str(number % 10)]


def _chinese(number: int) -> list[str]:
    if number < 100:
        return _below_hundred(number)
    thousands, rest = divmod(number, 1000)
    hundreds, below = divmod(rest, 100)
    words: list[str] = []
    if thousands:
        words += [str(thousands), "thousand"]
    if hundreds:
        words += [str(hundreds), "hundred"]
    if not below:
        return words
    gap = not hundreds or below < 10  # an empty place in between is spoken, once: 零
    if gap:
        words.append("0")
    if 10 <= below < 20:  # 一百一十二: after a higher place the one is spoken
        words.append("1")
    return words + _below_hundred(below)
