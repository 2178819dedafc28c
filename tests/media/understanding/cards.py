"""Test numbers, made valid here by arithmetic of its own."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

ISSUED = [
    ("4", 16), ("4", 13), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("34", 15),
    ("37", 15), ("6222", 16), ("6217", 19), ("6011", 16), ("3528", 16), ("36", 14),
]  # fmt: skip
ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
CHINESE = "零一二三四五六七八九"


def with_check_digit(first: str) -> str:
    """``first`` and the Luhn digit that makes it valid, by trying all ten."""
    return next(first + d for d in "0123456789" if valid(first + d))


def valid(number: str) -> bool:
    """Luhn, written from its definition: double every second digit from the right."""
    doubled = [int(d) for d in number[-2::-2]]
    plain = [int(d) for d in number[-1::-2]]
    return (sum(plain) + sum(sum(divmod(2 * d, 10)) for d in doubled)) % 10 == 0


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """Valid card numbers of all issuers."""
    prefix, length = draw(st.sampled_from(ISSUED))
    size = length - len(prefix) - 1
    middle = draw(st.text("0123456789", min_size=size, max_size=size))
    return with_check_digit(prefix + middle)


def remaining_rows(text: str) -> list[str]:
    """Rows of digits still to be read in a text: figures of any width, or words. Nothing
    but digits continues a row: not even a mask."""
    words = {**{w: str(i) for i, w in enumerate(ENGLISH)}, "oh": "0"}
    rows, row, letters = [], "", ""
    for character in text + "\n":
        if character.isascii() and character.isalpha():
            letters += character.lower()
            continue
        row += words.get(letters, "")
        if letters and letters not in words:
            rows.append(row)
            row = ""
        letters = ""
        if (digit := unicodedata.digit(character, None)) is not None:
            row += str(digit)
        elif character in CHINESE:
            row += str(CHINESE.index(character))
        elif character == "•":
            rows.append(row)
            row = ""
    return [r for r in [*rows, row] if r]


def has_card(text: str) -> bool:
    """Whether any 13 to 19 remaining digits in a row are one of the issued forms."""
    for row in remaining_rows(text):
        for start in range(len(row)):
            for prefix, length in ISSUED:
                window = row[start : start + length]
                if len(window) == length and window.startswith(prefix) and valid(window):
                    return True
    return False
