"""Every requirement that the page shows is what the page says it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acd.requirement import RequirementError, accepts, check, parse

PAGE = (Path(__file__).parents[2] / "docs" / "routing-requirements.md").read_text("utf-8")
SKILLS = (
    "loans", "cards", "language.zh", "language.zh-CN", "language.en", "only.training",
)  # fmt: skip
SHOWN = [line.strip() for line in PAGE.splitlines() if line.startswith("    ")]


def rows(heading: str) -> list[list[str]]:
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [row.split(" | ") for row in cells if "`" in row]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("text", SHOWN)
def test_examples_are_sound(text: str) -> None:
    assert check(parse(text, SKILLS), SKILLS) == []


def test_there_are_examples() -> None:
    assert len(SHOWN) >= 9


@pytest.mark.parametrize("cell", [row[0] for row in rows("The clauses")])
def test_each_clause_can_be_read(cell: str) -> None:
    for text in codes(cell):
        if text.strip("=!<>"):  # not a sign alone
            parse(text, SKILLS)


@pytest.mark.parametrize(("written", "said"), rows("What is missing is unknown"))
def test_of_an_agent_without_the_skill(written: str, said: str) -> None:
    (text,) = codes(written)
    assert accepts(parse(text, SKILLS), {}, {}) is said.startswith("true")


@pytest.mark.parametrize(("written", "answer"), rows("Mistakes"))
def test_mistakes_are_answered_so(written: str, answer: str) -> None:
    (text,) = codes(written)
    with pytest.raises(RequirementError) as caught:
        parse(text, SKILLS)
    for sentence in re.sub(r" \(column \d+\)", "", answer).removesuffix(".").split(". "):
        assert sentence in str(caught.value)


@pytest.mark.parametrize(("code", "examples"), rows("Surely not meant"))
def test_findings_are_reported_so(code: str, examples: str) -> None:
    shown = [text for text in codes(examples) if text != ">= 6"]
    assert shown
    for text in shown:
        found = check(parse(text, SKILLS), SKILLS, agent_attributes=["team"])
        assert codes(code)[0] in {finding.code for finding in found}
