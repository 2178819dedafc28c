"""The glossary is complete, in order, and speaks of names that exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def groups() -> dict[str, list[list[str]]]:
    """The rows of each table, by heading."""
    found: dict[str, list[list[str]]] = {}
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            found[line[3:]] = []
        elif line.startswith("| ") and not line.startswith("| Term"):
            found[list(found)[-1]].append([cell.strip() for cell in line[1:-1].split("|")])
    return found


ROWS = [row for rows in groups().values() for row in rows]
NAMES = sorted({row[4].strip("`") for row in ROWS if row[4]})


def test_each_term_has_both_languages_and_stands_once() -> None:
    assert len(ROWS) >= 80
    for row in ROWS:
        assert len(row) == 5, row
        assert all(row[:4]), row
        assert CHINESE.search(row[1]), row
        assert CHINESE.search(row[3]), row
    for column in (0, 1):
        terms = [row[column].casefold() for row in ROWS]
        assert sorted(set(terms)) == sorted(terms)


@pytest.mark.parametrize("group", groups())
def test_each_group_is_in_alphabetical_order(group: str) -> None:
    terms = [row[0].casefold() for row in groups()[group]]
    assert terms == sorted(terms)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_exists_in_the_code(name: str) -> None:
    parts = name.split(".")
    split = next(i for i, part in enumerate(parts) if part[0].isupper() or i == len(parts) - 1)
    thing: Any = importlib.import_module(".".join(parts[:split]))
    for part in parts[split:]:
        fields = {
            **getattr(thing, "model_fields", {}),
            **getattr(thing, "__dataclass_fields__", {}),
        }
        if part in fields:
            return
        thing = getattr(thing, part)
