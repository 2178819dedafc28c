"""What a caller in a queue is told: the position and the estimated wait, as prompt ids.

English puts single words together. Mandarin uses whole phrases (第九位, 两分钟), which
sound better and keep its rules: 两分钟, not 二分钟.
"""

from __future__ import annotations

import math

from media.prompts.number_words import number_prompts

_ORDINALS = 30  # 第一位 to 第三十位 are whole phrases
_MINUTES = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30)


def position_prompts(position: int, language: str) -> list[str]:
    """Prompt ids that say the place in the queue, 1 being next.

    Raises PromptMissing for a position under 1 or over 9999.
    """
    if position == 1:
        return ["queue-next"]
    numbers = number_prompts(position, language)
    if not _is_chinese(language):
        return ["queue-position-before", *numbers, "queue-position-after"]
    if 0 < position <= _ORDINALS:
        return ["queue-position-before", f"ordinal-{position}"]
    return ["queue-position-before", "ordinal", *numbers, "queue-position-after"]


def wait_prompts(seconds: float, language: str) -> list[str]:
    """Prompt ids that say about how long the wait will be, rounded up to 1 to 6, 8,
    10, 15, 20 or 30 minutes."""
    if seconds < 60:
        return ["queue-wait-short"]
    minutes = next((m for m in _MINUTES if m >= math.ceil(seconds / 60)), None)
    if minutes is None:
        return ["queue-wait-long"]
    if _is_chinese(language):
        return ["queue-wait-before", f"minutes-{minutes}"]
    if minutes == 1:
        minutes = 2  # 'about two minutes' rather than a plural of one
    return ["queue-wait-before", *number_prompts(minutes, language), "queue-wait-minutes"]


def _is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")
