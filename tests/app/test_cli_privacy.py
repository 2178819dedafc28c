"""What a terminal shows of people."""

from __future__ import annotations

from typing import Any

import pytest

from app.cli.privacy import hide, printable
from core.ids import new_id


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("+493055501234", "•••1234"),
        ("call 015112345678 back", "call •••5678 back"),
        ("sip:+493055501234@example.com", "sip:•••1234@example.com"),
        ("4000", "4000"),
        ("2026-03-04", "2026-03-04"),
        ({"n": [{"to": "0049305550123"}]}, {"n": [{"to": "•••0123"}]}),
        ({"caller": "+493055501234", "text": "my PIN is 12"}, {"caller": "•••1234", "text": "•••"}),
        ({"name": "Anna", "password": None}, {"name": "***", "password": "***"}),
        ({"seconds": 123456.5, "position": 1234567, "ok": True, "x": None},) * 2,
    ],
)
def test_numbers_and_personal_fields(value: Any, wanted: Any) -> None:
    assert hide(value) == wanted


def test_ids_stay() -> None:
    for _ in range(2000):
        id_ = new_id("con")
        assert hide(id_) == id_


def test_control_characters_do_not() -> None:
    assert printable("a\x1b[31mb\nc\u202ed\x9b") == "a�[31mb�c�d�"
    assert printable("汉字 é 😀") == "汉字 é 😀"
