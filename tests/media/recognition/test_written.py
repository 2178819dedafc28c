"""Recognised words as people write them: what Whisper does by itself, put right."""

from __future__ import annotations

import pytest

from media.recognition.written import written


@pytest.mark.parametrize(
    ("heard", "language", "wanted"),
    [
        ("1-0-0-0-1, 9-0-2-1", "en", "100019021"),
        ("my number is 1 0 0 1", "en", "my number is 1001"),
        ("options 1, 2, 3", "en", "options 1, 2, 3"),
        ("4, 1, 5, 2", "en", "4152"),
        ("It is 10, 20, 30 of them", "en", "It is 10, 20, 30 of them"),
        ("卡号是六二二五八八零幺二三四五", "zh", "卡号是622588012345"),
        ("《廣州市房地產》", "zh", "《广州市房地产》"),
        (" 그는 ", "ko", "그는"),
        ("", "en", ""),
    ],
)
def test_as_people_write(heard: str, language: str, wanted: str) -> None:
    once = written(heard, language, final=False)
    assert once == wanted
    assert written(once, language, final=False) == once
