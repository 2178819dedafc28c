"""A flow: nodes by name, read from one YAML file.

Reading checks that each node is well formed; whether the nodes fit together and
the platform has what they name is :mod:`ivr.check`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from config.base import Int, Language, Name, Seconds, Section
from config.explain import explain
from config.place import KeyPath, Place
from config.problems import ConfigError, Problem, listing, nearest
from config.yaml_tree import Tree, parse_yaml, read_yaml
from ivr.nodes import NODE_TYPES, Node
from ivr.nodes.retry import Retry
from ivr.nodes.spoken import Listening, Unclear
from ivr.nodes.values import Constant, Variable

_MOST_NODES = 2000
_DEFAULTS = ("invalid", "nothing", "unclear", "listening")


class Limits(Section):
    """What one customer may use of a flow before ``fallback`` takes over."""

    steps: Int = Field(default=200, ge=5, le=10_000)
    seconds: Seconds = Field(default=900, ge=10)


class Header(Section):
    """Everything of a flow file but its nodes. ``invalid``, ``nothing``, ``unclear`` and
    ``listening`` are for every node that asks and has none of its own. ``fallback`` is a
    node that ends the flow; it runs when a limit is reached or a node fails."""

    languages: tuple[Language, ...] = Field(min_length=1)
    start: Name
    fallback: Name | None = None
    limits: Limits = Limits()
    variables: dict[Variable, Constant] = Field(default_factory=dict)
    invalid: Retry | None = None
    nothing: Retry | None = None
    unclear: Unclear | None = None
    listening: Listening | None = None


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow that can be run. ``tree`` knows on which line everything was written."""

    name: str
    languages: tuple[str, ...]
    start: str
    fallback: str | None = None
    limits: Limits = field(default_factory=Limits)
    variables: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    nodes: Mapping[str, Node]
    tree: Tree = field(repr=False, compare=False)

    def place(self, *path: str | int) -> Place:
        """Where ``path`` was written."""
        return self.tree.place(path)


def load_flow(path: Path, *, name: str | None = None) -> Flow:
    """Read a flow file; its name is ``name`` or the file's. Raises
    :class:`~config.problems.ConfigError` with every mistake found."""
    return _build(read_yaml(path), name or path.stem)


def parse_flow(text: str, *, name: str, source: str = "flow") -> Flow:
    """As :func:`load_flow`, of a text."""
    return _build(parse_yaml(text, source), name)


def _build(tree: Tree, name: str) -> Flow:
    raw: dict[str, Any] = dict(tree.value)
    raw_nodes = raw.pop("nodes", None)
    problems: list[Problem] = []
    header = None
    try:
        header = Header.model_validate(raw)
    except ValidationError as error:
        problems += explain(error, Header, Tree(raw, tree.places))
    nodes: dict[str, Node] = {}
    if not isinstance(raw_nodes, dict) or not raw_nodes:
        problems.append(_problem(tree, ("nodes",), "a flow needs nodes", "a mapping of nodes"))
    elif len(raw_nodes) > _MOST_NODES:
        problems.append(_problem(tree, ("nodes",), "too many nodes", f"at most {_MOST_NODES}"))
    else:
        defaults: dict[str, Any] = {k: raw[k] for k in _DEFAULTS if k in raw}
        for key, raw_node in raw_nodes.items():
            node = _node(tree, key, raw_node, defaults, problems)
            if node is not None:
                nodes[key] = node
    if problems or header is None:
        raise ConfigError(problems)
    return Flow(
        name=name,
        languages=header.languages,
        start=header.start,
        fallback=header.fallback,
        limits=header.limits,
        variables=header.variables,
        nodes=nodes,
        tree=tree,
    )


def _node(
    tree: Tree, name: str, raw: Any, defaults: Mapping[str, Any], problems: list[Problem]
) -> Node | None:
    path: KeyPath = ("nodes", name)
    if not isinstance(raw, dict) or "type" not in raw:
        problems.append(_problem(tree, path, "a node needs a 'type'", listing(NODE_TYPES)))
        return None
    kind = raw["type"]
    if kind not in NODE_TYPES:
        problems.append(
            Problem(
                place=tree.place((*path, "type")),
                key=(*path, "type"),
                message="there is no such type of node",
                found=repr(str(kind)),
                allowed=listing(NODE_TYPES),
                meant=nearest(str(kind), NODE_TYPES),
            )
        )
        return None
    model = NODE_TYPES[kind]
    inherited = {k: v for k, v in defaults.items() if k in model.model_fields and k not in raw}
    value = {**inherited, **raw}
    try:
        return model.model_validate(value)
    except ValidationError as error:
        places = {p[2:]: place for p, place in tree.places.items() if p[:2] == path}
        problems += (
            replace(problem, key=(*path, *problem.key))
            for problem in explain(error, model, Tree(value, places))
            if not problem.key or problem.key[0] not in inherited  # reported once, at its own line
        )
        return None


def _problem(tree: Tree, path: KeyPath, message: str, allowed: str) -> Problem:
    return Problem(place=tree.place(path), key=path, message=message, allowed=allowed)
