"""The dialplan that Asterisk really has, as a graph, and what a caller can reach in it.

An edge goes from a context to each one that it includes, or that any argument of
any of its steps names: more than can happen, never less. A target that is computed
at run time cannot be followed and is reported as such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_CONTEXT = re.compile(r"\[ Context '([^']+)' created by '([^']+)' \]")
_INCLUDE = re.compile(r"\s+(?:Include|Switch|Alt\. Switch) =>\s+'([^']+)'")
_STEP = re.compile(
    r"\s+(?:'([^']*)' .*?=>)?\s*(?:\[(\w+)\])?\s*(\d+)\. (\w+)\((.*)\)\s+\[[^\]]*\]$"
)

# Applications that make a call, or run what a caller may have composed.
DIALS = frozenset({
    "Dial", "Originate", "Queue", "Page", "FollowMe", "DISA", "Transfer", "RetryDial",
    "Directory", "System", "TrySystem", "Exec", "TryExec", "ExecIf", "Macro", "MacroIf", "Stasis",
    "AudioSocket", "Bridge", "BridgeAdd", "ChannelRedirect", "ChanSpy", "ExtenSpy", "Pickup",
    "PickupChan", "Record", "SendText", "SMS", "AgentRequest", "Park", "VoiceMailMain",
})  # fmt: skip
_HINT = re.compile(r"^  '[0-9*]+' =>\s+hint: \S+\s+\[")
_JUMPS = {"Goto", "GotoIf", "GotoIfTime", "Gosub", "GosubIf", "ExecIf", "ExecIfTime", "While"}
# 'ExecIf(<condition>?<application>)' with one of these does nothing of the kind.
_HARMLESS = re.compile(r"^.*\?(Set\(PARLEY_[A-Z_]+=[A-Za-z0-9]*\)|Wait\(\d+\))$")


@dataclass
class Context:
    """One context: its steps as (extension, application, arguments)."""

    steps: list[tuple[str, str, str]] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)


def parse(shown: str) -> dict[str, Context]:
    """What ``dialplan show`` printed. Every line must be understood."""
    contexts: dict[str, Context] = {}
    here, extension = Context(), ""
    for line in shown.splitlines():
        if match := _CONTEXT.match(line):
            here = contexts.setdefault(match[1], Context())
        elif match := _INCLUDE.match(line):
            here.includes.append(match[1])
        elif match := _STEP.match(line):
            extension = match[1] if match[1] is not None else extension
            here.steps.append((extension, match[4], match[5]))
        elif _HINT.match(line):
            pass  # a lamp: nothing can be dialled there
        elif line.strip() and not line.startswith("-="):
            raise AssertionError(f"a line of 'dialplan show' is not understood: {line!r}")
    return contexts


def reachable(contexts: dict[str, Context], start: str) -> set[str]:
    """Every context that a call entering ``start`` could get to."""
    found, todo = {start}, [start]
    while todo:
        context = contexts[todo.pop()]
        text = "\n".join([*context.includes, *(arguments for _, _, arguments in context.steps)])
        for name in contexts:
            mentioned = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
            if mentioned and name not in found:
                found.add(name)
                todo.append(name)
    return found


def dangers(contexts: dict[str, Context], start: str) -> list[str]:
    """What a call entering ``start`` could do that it must not: empty is safe."""
    bad = []
    for name in sorted(reachable(contexts, start)):
        for extension, application, arguments in contexts[name].steps:
            where = f"{name},{extension}: {application}({arguments})"
            if application == "ExecIf" and _HARMLESS.match(arguments):
                continue
            if application in DIALS:
                bad.append(where)
            elif application in _JUMPS and "${" in arguments.rpartition("?")[2]:
                bad.append(f"{where}: the target is computed")
    return bad
