"""The nodes of a flow as a graph. Iterative throughout: a flow may be deep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivr.nodes.base import Node

Nodes = Mapping[str, Node]


def reachable(nodes: Nodes, starts: Iterable[str]) -> set[str]:
    """Every node that can be come to from ``starts``."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        waiting += [exit_.to for exit_ in nodes[name].exits()]
    return seen


def without_end(nodes: Nodes) -> list[str]:
    """The nodes from which no node that ends the flow can be reached."""
    before: dict[str, list[str]] = {name: [] for name in nodes}
    for name, node in nodes.items():
        for exit_ in node.exits():
            if exit_.to in before:
                before[exit_.to].append(name)
    ending: set[str] = set()
    waiting = [name for name, node in nodes.items() if node.ENDS]
    while waiting:
        name = waiting.pop()
        if name not in ending:
            ending.add(name)
            waiting += before[name]
    return [name for name in nodes if name not in ending]


def closed_loops(nodes: Nodes) -> list[list[str]]:
    """Loops that can be run through without any useful answer of the customer, one
    for each group of nodes that lead to each other so; each starts at the node that
    stands first in the file."""
    order = {name: i for i, name in enumerate(nodes)}
    onward = {
        name: [e.to for e in node.exits() if not e.after_input and e.to in nodes]
        for name, node in nodes.items()
    }
    loops: list[list[str]] = []
    covered: set[str] = set()
    for name in nodes:
        if name in covered:
            continue
        loop = _loop_from(name, onward)
        if loop and not covered.intersection(loop):
            first = min(range(len(loop)), key=lambda i: order[loop[i]])
            loops.append(loop[first:] + loop[:first])
            covered.update(loop)
    return loops


def _loop_from(start: str, onward: Mapping[str, list[str]]) -> list[str] | None:
    """The shortest way from ``start`` back to itself."""
    came_from: dict[str, str] = {}
    front = [start]
    while front:
        following: list[str] = []
        for name in front:
            for to in onward[name]:
                if to == start:
                    loop = [name]
                    while loop[-1] != start:
                        loop.append(came_from[loop[-1]])
                    return loop[::-1]
                if to not in came_from:
                    came_from[to] = name
                    following.append(to)
        front = following
    return None
