"""What must fit together in a flow, and with the platform it runs on.

Errors: targets, queues, hours, agents, prompts or languages that do not exist,
loops that run without the customer, and nodes from which no end can be reached.
Warnings: nodes that nothing leads to. What may be said: :mod:`ivr.check_speech`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from acd.requirement import RequirementError, parse
from acd.requirement import check as check_requirement
from config.place import KeyPath
from config.problems import Problem, listing, nearest
from ivr.check_speech import check_speech
from ivr.conversation import in_language
from ivr.flow import Flow
from ivr.graph import closed_loops, reachable, without_end
from ivr.nodes.base import Node
from ivr.nodes.prompts import PromptSpec
from ivr.nodes.wish import QueueWish, language_skill
from ivr.platform import Platform


def check(flow: Flow, platform: Platform) -> list[Problem]:
    """Every problem of ``flow``, in the order of its lines."""
    checker = _Checker(flow, platform)
    problems = [*checker.header(), *checker.nodes(), *check_speech(flow, platform.abilities)]
    if not problems:  # the graph means something only when all targets exist
        problems += checker.shape()
    problems = list(dict.fromkeys(problems))
    return sorted(problems, key=lambda p: (p.warning, p.place.line))


class _Checker:
    def __init__(self, flow: Flow, platform: Platform) -> None:
        self.flow = flow
        self.platform = platform
        self.variables = set(flow.variables)
        for node in flow.nodes.values():
            self.variables.update(node.sets())

    def _problem(self, key: KeyPath, message: str, **more: str | bool | None) -> Problem:
        return Problem(place=self.flow.tree.place(key), key=key, message=message, **more)  # type: ignore[arg-type]

    def _known(
        self, name: str, known: Collection[str], key: KeyPath, kind: str
    ) -> Iterator[Problem]:
        if name not in known:
            yield self._problem(
                key,
                f"there is no such {kind}",
                found=repr(name),
                allowed=listing(known),
                meant=nearest(name, known),
            )

    def header(self) -> Iterator[Problem]:
        """``start``, ``fallback`` and the prompts of ``invalid`` and ``nothing``."""
        flow = self.flow
        yield from self._known(flow.start, flow.nodes, ("start",), "node")
        if flow.fallback is None:
            return
        yield from self._known(flow.fallback, flow.nodes, ("fallback",), "node")
        node = flow.nodes.get(flow.fallback)
        if node is not None and (not node.ENDS or any(node.exits())):
            yield self._problem(
                ("fallback",),
                "must be a node that ends the flow",
                found=f"{flow.fallback!r}, a {node.type}",
                allowed="a node of type hangup, queue or transfer",
            )

    def nodes(self) -> Iterator[Problem]:
        """What each node names."""
        for name, node in self.flow.nodes.items():
            at = ("nodes", name)
            for exit_ in node.exits():
                yield from self._known(
                    exit_.to, self.flow.nodes, self._written(at, exit_.to), "node"
                )
            for kind, needed in node.needs():
                yield from self._need(kind, needed, self._written(at, needed))
            own = self.variables.union(node.speaks_of())
            for spec in node.spoken():
                yield from self._spoken(spec, at, own)
            yield from self._skills(node, at)

    def _need(self, kind: str, name: str, key: KeyPath) -> Iterator[Problem]:
        if kind == "variable":
            yield from self._known(name, self.variables, key, "variable")
        elif kind == "language":
            yield from self._known(name, self.flow.languages, key, "language of this flow")
        elif kind == "number":
            if not self.platform.may_dial(name):
                patterns = listing(route.pattern for route in self.platform.routes)
                yield self._problem(
                    key,
                    "no outbound route takes this number",
                    found=repr(name),
                    allowed=f"what a pattern of 'routes' takes: {patterns}",
                )
        else:
            yield from self._known(name, self.platform.names(kind), key, kind)

    def _spoken(
        self, spec: PromptSpec, at: KeyPath, variables: Collection[str]
    ) -> Iterator[Problem]:
        for variable in spec.variables():
            yield from self._known(variable, variables, self._written(at, variable), "variable")
        languages = (spec.language,) if spec.language else self.flow.languages
        for prompt in (spec.prompt, *spec.fallback):
            if prompt is not None:
                yield from self._recorded(prompt, languages, self._written(at, prompt))
        if spec.say is not None:
            yield from self._said(spec, languages, at)

    def _recorded(self, prompt: str, languages: Sequence[str], key: KeyPath) -> Iterator[Problem]:
        prompts = self.platform.prompts
        yield from self._known(prompt, prompts, key, "prompt")
        texts = prompts.get(prompt)
        if texts is None:
            return
        for language in languages:
            if language not in texts:
                yield self._problem(
                    key,
                    f"the prompt {prompt!r} is missing in {language}",
                    allowed=f"a prompt in each of {listing(languages)}; it has {listing(texts)}",
                )

    def _said(self, spec: PromptSpec, languages: Sequence[str], at: KeyPath) -> Iterator[Problem]:
        """A text in each language; and where it cannot be spoken, what is said instead."""
        assert spec.say is not None
        key = self._written(at, next(iter(spec.say.values())))[:-1] or at
        for language in languages:
            if not in_language(spec.say, language):
                yield self._problem(
                    key,
                    f"the text is missing in {language}",
                    allowed=f"a text in each of {listing(languages)}; it has "
                    f"{listing(tag for tag in spec.say)}",
                )
            elif why := self.platform.abilities.cannot_say(language):
                instead = f"'{', '.join(spec.fallback)}' is said instead"
                yield self._problem(
                    key,
                    f"the text cannot be spoken in {language}: {why.rstrip('.')}. "
                    + (f"{instead}." if spec.fallback else "Nothing is named as its 'fallback'."),
                    warning=bool(spec.fallback),
                )

    def _skills(self, node: Node, at: KeyPath) -> Iterator[Problem]:
        if not isinstance(node, QueueWish):
            return
        known = self.platform.names("skill")
        for skill in node.skills:
            yield from self._known(skill, known, (*at, "skills", skill), "skill")
        if node.language_skill is not None:
            for language in self.flow.languages:
                yield from self._known(
                    language_skill(language), known, (*at, "language_skill"), "skill"
                )
        if node.requires:
            yield from self._requirement(node.requires, known, (*at, "requires"))

    def _requirement(self, text: str, skills: Collection[str], key: KeyPath) -> Iterator[Problem]:
        try:
            findings = check_requirement(parse(text, skills), skills)
        except RequirementError as error:
            yield self._problem(key, f"{error.message} {error.hint or ''}".strip())
            return
        for finding in findings:
            doubtful = finding.code not in ("impossible", "accepts_nobody", "unknown_skill")
            yield self._problem(key, str(finding), warning=doubtful)

    def shape(self) -> Iterator[Problem]:
        """The graph as a whole."""
        starts = {self.flow.start, self.flow.fallback} - {None}
        seen = reachable(self.flow.nodes, [s for s in starts if s])
        for name in self.flow.nodes:
            if name not in seen:
                yield self._problem(("nodes", name), "nothing leads to this node", warning=True)
        for name in without_end(self.flow.nodes):
            yield self._problem(("nodes", name), "from here the flow can never end")
        for loop in closed_loops(self.flow.nodes):
            yield self._problem(
                ("nodes", loop[0]),
                "runs in circles without the customer: " + " -> ".join([*loop, loop[0]]),
                allowed="loops through a choice the customer makes",
            )

    def _written(self, at: KeyPath, text: str) -> KeyPath:
        """The key under ``at`` whose value in the file is ``text``; ``at`` if several
        words deep nothing is found (a value inherited from the head of the file)."""
        value = self.flow.tree.value
        for part in at:
            value = value[part]
        return _find(value, text, at) or at


def _find(value: object, text: str, at: KeyPath) -> KeyPath | None:
    if isinstance(value, str):
        return at if value == text and at[-1] not in ("type", "variable") else None
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in pairs:
        found = _find(item, text, (*at, key))
        if found is not None:
            return found
    return None
