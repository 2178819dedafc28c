"""Examples of intents, from files that people write.

* CSV with the columns ``text`` and ``label`` (or ``intent``), and optionally ``split``
  (``train``, ``test``; anything else is left out of both);
* YAML: a mapping from each intent to a list of sentences, or a list of mappings with
  ``text`` and ``label``.

Sentences labelled ``none`` (or ``oos``) are none of the intents: they teach when to say
so.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from media.understanding.errors import BadExamples

NONE = "none"
_NONES = frozenset({"none", "oos", "none of these", "out of scope", "其他", "无"})
_MOST = 500_000
_LONGEST = 2_000
HINT = "See docs/understanding.md for the two forms of such files."


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and its intent; ``split`` is empty where the file says nothing."""

    text: str
    label: str
    split: str = ""


def read_examples(path: Path) -> list[Example]:
    """All examples of a file. Disk work: use a thread. Raises BadExamples."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadExamples(f"There is no file {path}.", hint=HINT) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadExamples(f"{path} cannot be read: {error}.", hint="Save it as UTF-8.") from None
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        found = list(_from_yaml(path, content))
    else:
        found = list(_from_csv(path, content))
    if len(found) > _MOST:
        raise BadExamples(f"{path} has {len(found)} examples; at most {_MOST} are taken.")
    if not found:
        raise BadExamples(f"{path} holds no examples.", hint=HINT)
    return found


def _from_csv(path: Path, content: str) -> Iterator[Example]:
    reader = csv.DictReader(content.splitlines(keepends=True))
    columns = {name.strip().lower(): name for name in reader.fieldnames or []}
    text = columns.get("text") or columns.get("sentence")
    label = columns.get("label") or columns.get("intent")
    if not text or not label:
        raise BadExamples(
            f"{path}:1: the columns 'text' and 'label' are needed; found: "
            f"{', '.join(reader.fieldnames or []) or 'nothing'}.",
            hint=HINT,
        )
    split = columns.get("split")
    try:
        for row in reader:
            given = (row[split] or "").strip() if split else ""
            yield _example(f"{path}:{reader.line_num}", row[text], row[label], given)
    except csv.Error as error:
        raise BadExamples(f"{path}:{reader.line_num}: {error}.", hint=HINT) from None


def _from_yaml(path: Path, content: str) -> Iterator[Example]:
    try:
        # every scalar is text: a sentence may be 'no', or '12'
        data = yaml.load(content, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise BadExamples(f"{path} is not YAML: {error}.", hint=HINT) from None
    if isinstance(data, dict):
        for label, sentences in data.items():
            if not isinstance(sentences, list):
                raise BadExamples(f"{path}: {label}: a list of sentences is needed.", hint=HINT)
            for sentence in sentences:
                yield _example(f"{path}: {label}", sentence, label, "")
    elif isinstance(data, list):
        for number, item in enumerate(data, start=1):
            if not isinstance(item, dict):
                raise BadExamples(f"{path}: entry {number} is no mapping.", hint=HINT)
            label = item.get("label", item.get("intent"))
            yield _example(
                f"{path}: entry {number}", item.get("text"), label, str(item.get("split", ""))
            )
    else:
        raise BadExamples(f"{path} holds no examples.", hint=HINT)


def _example(where: str, text: Any, label: Any, split: str) -> Example:
    text = "" if text is None else str(text).strip()
    label = "" if label is None else str(label).strip()
    if not text or not label:
        raise BadExamples(f"{where}: text and label must not be empty.", hint=HINT)
    if len(text) > _LONGEST:
        raise BadExamples(f"{where}: the text has more than {_LONGEST} characters.", hint=HINT)
    return Example(text, NONE if label.lower() in _NONES else label, split)


def for_training(examples: list[Example]) -> list[Example]:
    """Those to learn from: all, or those of the split ``train``."""
    return [e for e in examples if e.split in ("", "train") or e.split.endswith("_train")]


def for_test(examples: list[Example]) -> list[Example]:
    """Those to test with: the split ``test``, or all where there are no splits."""
    if any(e.split for e in examples):
        return [e for e in examples if e.split == "test" or e.split.endswith("_test")]
    return examples
