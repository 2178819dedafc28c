"""YAML with line numbers and without its traps.

Scalars are taken as written: ``0123`` stays the four characters 0123 (not octal
83), ``no`` stays 'no' (not false), ``09:30`` stays a time (not 570) and only
the settings model decides what type a value has. Duplicate keys, tabs, merge keys
and tags are errors that say what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.place import KeyPath, Place, Scalar
from config.problems import ConfigError, Problem

_MOST_NODES = 200_000  # aliases can multiply; nobody writes this much by hand
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ["str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value"]
}
_NULLS = {"", "~", "null", "Null", "NULL"}


@dataclass
class Tree:
    """Nested dicts and lists of :class:`Scalar` or None, and where each was written."""

    value: Any
    places: dict[KeyPath, Place] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place:
        """Of ``path`` or of its nearest parent that was written somewhere."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place("built-in defaults"))


def read_yaml(path: Path, *, shown: str | None = None) -> Tree:
    """Parse a file. Raises :class:`ConfigError` with every problem found.

    ``shown`` is how messages name the file.
    """
    name = shown or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _failed(Place(name), f"is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise _failed(Place(name), f"cannot be read: {error.strerror}") from None
    return parse_yaml(text, name, folder=path.parent)


def parse_yaml(text: str, name: str, *, folder: Path | None = None) -> Tree:
    """Parse text; the top must be a mapping (or empty)."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text, name) from None
    except yaml.YAMLError as error:  # e.g. a control character
        raise _failed(Place(name), f"is not YAML: {str(error).splitlines()[0]}") from None
    tree = Tree({}, {(): Place(name, 1, folder)})
    if root is None:
        return tree
    if not isinstance(root, yaml.MappingNode):
        raise _failed(Place(name, 1), "must be a mapping of keys to values, e.g. 'company: ...'")
    builder = _Builder(name, folder, tree)
    tree.value = builder.build(root, ())
    if builder.problems:
        raise ConfigError(builder.problems)
    return tree


class _Builder:
    def __init__(self, name: str, folder: Path | None, tree: Tree) -> None:
        self._name = name
        self._folder = folder
        self._tree = tree
        self._nodes = 0
        self._open: set[int] = set()
        self.problems: list[Problem] = []

    def _at(self, node: yaml.Node) -> Place:
        return Place(self._name, node.start_mark.line + 1, self._folder)

    def _problem(self, node: yaml.Node, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(place=self._at(node), key=path, message=message))

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        self._nodes += 1
        if id(node) in self._open or self._nodes > _MOST_NODES:
            self._problem(node, path, "an alias (*) that contains itself, or far too many")
            return None
        if node.tag not in _PLAIN_TAGS:
            self._problem(node, path, f"YAML tags are not used here; remove {node.tag!r}")
            return None
        self._tree.places.setdefault(path, self._at(node))
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return dict(self._pairs(node, path))
            if isinstance(node, yaml.SequenceNode):
                return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
            assert isinstance(node, yaml.ScalarNode)
            plain = node.style is None
            if plain and node.value in _NULLS:
                return None
            return Scalar(node.value, self._at(node))
        finally:
            self._open.discard(id(node))

    def _pairs(self, mapping: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in mapping.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, path, "a key must be a simple text")
                continue
            key = key_node.value
            here = (*path, key)
            if key == "<<":
                self._problem(key_node, here, "merge keys (<<) are not supported; write the keys")
                continue
            line = key_node.start_mark.line + 1
            if key in seen:
                self._problem(
                    key_node, here, f"this key was already given in line {seen[key]}; keep one"
                )
                continue
            seen[key] = line
            self._tree.places[here] = self._at(key_node)
            yield key, self.build(value_node, here)


def _failed(place: Place, message: str) -> ConfigError:
    return ConfigError([Problem(place=place, key=(), message=message)])


def _syntax(error: yaml.MarkedYAMLError, text: str, name: str) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    message = error.problem or "cannot be understood as YAML"
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent or "\\t" in message:
        message = "a tab is used to indent; YAML wants spaces"
    elif "mapping values are not allowed" in message:
        message += " (put quotes around a text that contains ': ')"
    elif "%" in written.lstrip()[:1] or "cannot start any token" in message:
        message += " (put quotes around a text that begins with a special character)"
    return _failed(Place(name, line), f"is not YAML: {message}")
