"""A flow as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

from ivr.flow import Flow
from ivr.nodes.base import Node

_SHAPES = {
    "menu": ("{{", "}}"),
    "ask": ("{{", "}}"),
    "collect": ("{{", "}}"),
    "hours": ("{", "}"),
    "goto": ("{", "}"),
    "queue": ("([", "])"),
    "call_back": ("([", "])"),
    "voicemail": ("([", "])"),
    "transfer": ("([", "])"),
    "hangup": ("([", "])"),
}


def draw(flow: Flow) -> str:
    """Questions are hexagons, decisions rhombs, ends rounded; a dotted arrow is
    taken when the customer gives no usable answer. An arrow that words lead along shows
    the first ones of each language."""
    ids = {name: f"n{i}" for i, name in enumerate(flow.nodes)}
    lines = ["flowchart TD", f"    start(({_quoted(flow.name)})) --> {ids[flow.start]}"]
    for name, node in flow.nodes.items():
        left, right = _SHAPES.get(node.type, ("[", "]"))
        lines.append(f"    {ids[name]}{left}{_quoted(_title(name, node))}{right}")
    for name, node in flow.nodes.items():
        for exit_ in node.exits():
            arrow = "-.->" if exit_.label in ("exhausted", "otherwise") else "-->"
            shown = " ".join([exit_.label, *_words(node, exit_.label)])
            label = "" if exit_.label == "next" else f"|{_quoted(shown)}|"
            lines.append(f"    {ids[name]} {arrow}{label} {ids[exit_.to]}")
    return "\n".join(lines)


def _words(node: Node, answer: str) -> list[str]:
    """What may be said for ``answer``: the first phrase of each language."""
    understood = node.understands()
    phrases = understood.phrases if understood is not None else {}
    by_language = next((said for place, said in phrases.items() if place[-1] == answer), {})
    return [f"“{some[0]}”" for some in by_language.values() if some]


def _title(name: str, node: Node) -> str:
    needs = [f"{kind} {what}" for kind, what in node.needs() if kind not in ("variable", "intent")]
    understood = node.understands()
    if understood is not None and understood.digits:
        needs.append("digits may be said")
    return "<br/>".join([f"<b>{name}</b>", node.type, *needs])


def _quoted(text: str) -> str:
    """Mermaid text; its own escape for a quote and a hash."""
    return '"' + text.replace("#", "#35;").replace('"', "#quot;") + '"'
