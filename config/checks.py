"""What must fit together across sections: names that exist, things given once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from config.codes import RESERVED_REASONS
from config.feature_codes import TAKES_NUMBER
from config.model import Settings
from config.place import KeyPath, dotted
from config.problems import Problem, listing, nearest
from config.queues import Destination, Queue
from config.server import EMBEDDED
from config.yaml_tree import Tree

_RESERVED = ("parley", "selftest", "transport-")
Names = Mapping[str, set[str]]


def check(settings: Settings, tree: Tree, names: Names, *, complete: bool) -> list[Problem]:
    """All cross-checks. ``names`` are the names written in each section, valid or
    not; warnings are only given when the configuration is ``complete``."""
    checker = _Checker(settings, tree, names)
    problems = [
        *checker.trunks(),
        *checker.numbers(),
        *checker.queues(),
        *checker.agents(),
        *checker.routes(),
        *checker.feature_codes(),
        *checker.outbound(),
        *checker.labels(),
        *checker.ports(),
        *checker.files(),
    ]
    if complete:
        problems += checker.doubts()
    return sorted(problems, key=lambda p: (p.place.source, p.place.line))


class _Checker:
    def __init__(self, settings: Settings, tree: Tree, names: Names) -> None:
        self.settings = settings
        self.tree = tree
        self.names = names

    def _known(self, section: str, name: str | None, path: KeyPath, kind: str) -> Iterator[Problem]:
        known = self.names.get(section, set())
        if name is not None and name not in known:
            yield Problem(
                place=self.tree.place(path), key=path, message=f"there is no such {kind}",
                found=repr(str(name)), allowed=listing(known), meant=nearest(name, known),
            )  # fmt: skip

    def _once(self, uses: list[tuple[str, KeyPath]], what: str) -> Iterator[Problem]:
        seen: dict[str, KeyPath] = {}
        for value, path in uses:
            if value in seen:
                yield Problem(
                    place=self.tree.place(path), key=path, found=repr(str(value)),
                    message=f"this {what} is used already by {dotted(seen[value])} "
                    f"({self.tree.place(seen[value])})",
                    allowed=f"each {what} once",
                )  # fmt: skip
            else:
                seen[value] = path

    def trunks(self) -> Iterator[Problem]:
        for key in self.settings.trunks:
            if key == "any" or key.startswith(_RESERVED):
                yield Problem(
                    place=self.tree.place(("trunks", key)), key=("trunks", key),
                    message="this name is Parley's own; choose another",
                )  # fmt: skip

    def numbers(self) -> Iterator[Problem]:
        businesses = set(self.settings.company.businesses)
        for key, number in self.settings.numbers.items():
            at: KeyPath = ("numbers", key)
            if number.trunk != "any":
                yield from self._known("trunks", number.trunk, (*at, "trunk"), "trunk")
            yield from self._known("flows", number.flow, (*at, "flow"), "flow")
            yield from self._known("flows", number.closed_flow, (*at, "closed_flow"), "flow")
            yield from self._known("hours", number.hours, (*at, "hours"), "hours")
            yield from self._language(number.language, (*at, "language"))
            if number.business is not None and number.business not in businesses:
                yield Problem(
                    place=self.tree.place((*at, "business")), key=(*at, "business"),
                    message="there is no such business", found=repr(str(number.business)),
                    allowed=listing(businesses), meant=nearest(number.business, businesses),
                )  # fmt: skip

    def queues(self) -> Iterator[Problem]:
        music = {"default", *self.settings.media.music}
        for key, queue in self.settings.queues.items():
            at: KeyPath = ("queues", key)
            yield from self._skills(queue.skills, (*at, "skills"))
            yield from self._known("hours", queue.hours, (*at, "hours"), "hours")
            if queue.music not in music:
                yield Problem(
                    place=self.tree.place((*at, "music")), key=(*at, "music"),
                    message="there is no such music", found=repr(str(queue.music)),
                    allowed=listing(music), meant=nearest(queue.music, music),
                )  # fmt: skip
            yield from self._relaxations(key, queue)
            for field in ("full", "too_long", "closed", "after"):
                target: Destination | None = getattr(queue.overflow, field)
                path = (*at, "overflow", field)
                if target is None:
                    continue
                if target.kind in ("queue", "flow"):
                    yield from self._known(f"{target.kind}s", target.name, path, target.kind)
                if target.kind == "queue" and target.name == key:
                    yield Problem(
                        place=self.tree.place(path), key=path,
                        message="a queue cannot overflow into itself", found=repr(str(target)),
                    )  # fmt: skip

    def _relaxations(self, key: str, queue: Queue) -> Iterator[Problem]:
        for i, step in enumerate(queue.relax):
            at: KeyPath = ("queues", key, "relax", i)
            yield from self._skills(step.lower, (*at, "lower"))
            for j, skill in enumerate(step.drop):
                yield from self._known("skills", skill, (*at, "drop", j), "skill")
            for j, other in enumerate(step.also):
                path = (*at, "also", j)
                yield from self._known("queues", other, path, "queue")
                if other == key:
                    yield Problem(
                        place=self.tree.place(path), key=path, found=repr(str(other)),
                        message="whoever serves this queue may take its contacts already",
                        allowed="other queues",
                    )  # fmt: skip
            limit = queue.overflow.after_seconds
            if limit is not None and step.after_seconds >= limit:
                path = (*at, "after_seconds")
                yield Problem(
                    place=self.tree.place(path), key=path, found=f"{step.after_seconds:g}",
                    message=f"contacts leave the queue after {limit:g} s, before this step",
                    allowed=f"less than overflow.after_seconds, {limit:g}",
                )  # fmt: skip

    def agents(self) -> Iterator[Problem]:
        agents = self.settings.agents
        for key, agent in agents.items():
            yield from self._skills(agent.skills, ("agents", key, "skills"))
            for i, language in enumerate(agent.languages):
                yield from self._language(language, ("agents", key, "languages", i))
        extensions: list[tuple[str, KeyPath]] = [
            (a.extension, ("agents", key, "extension")) for key, a in agents.items()
        ]
        extensions += [
            (phone.extension, ("shared_phones", key, "extension"))
            for key, phone in self.settings.shared_phones.items()
        ]
        yield from self._once(extensions, "extension")
        yield from self._phones()
        numbers = self.settings.numbers
        for key, agent in agents.items():
            path: KeyPath = ("agents", key, "extension")
            if agent.extension in numbers:
                yield Problem(
                    place=self.tree.place(path), key=path, found=repr(str(agent.extension)),
                    message="an extension cannot also be a number that customers dial",
                )  # fmt: skip
            if agent.extension in self.settings.trunks:
                yield Problem(
                    place=self.tree.place(path), key=path, found=repr(str(agent.extension)),
                    message="an extension cannot also be the name of a trunk",
                )  # fmt: skip

    def _phones(self) -> Iterator[Problem]:
        for key, phone in self.settings.shared_phones.items():
            path: KeyPath = ("shared_phones", key, "extension")
            for taken, what in (
                (self.settings.numbers, "a number that customers dial"),
                (self.settings.trunks, "the name of a trunk"),
            ):
                if phone.extension in taken:
                    yield Problem(
                        place=self.tree.place(path), key=path, found=repr(str(phone.extension)),
                        message=f"a shared phone's extension cannot also be {what}",
                    )  # fmt: skip

    def routes(self) -> Iterator[Problem]:
        for key, route in self.settings.routes.items():
            if route.trunk is not None:
                yield from self._out_through(route.trunk, ("routes", key, "trunk"))
            for i, name in enumerate(route.trunks):
                yield from self._out_through(name, ("routes", key, "trunks", i))
        for i, name in enumerate(self.settings.call_backs.routes):
            yield from self._known("routes", name, ("call_backs", "routes", i), "route")

    def feature_codes(self) -> Iterator[Problem]:
        """A code must not be what somebody dials for something else."""
        settings = self.settings
        for name, code in settings.feature_codes.codes():
            path: KeyPath = ("feature_codes", name)
            longer = name in TAKES_NUMBER
            taken = [f"the extension {a.extension} of {a.id}" for a in settings.agents.values()
                     if _collides(code, str(a.extension), longer=longer)]  # fmt: skip
            taken += [f"the number {n}" for n in settings.numbers
                      if _collides(code, str(n), longer=longer)]  # fmt: skip
            taken += [f"the emergency number {n}" for n in settings.outbound.emergency.dialled()
                      if _collides(code, n, longer=longer)]  # fmt: skip
            taken += [f"the route {r.name}" for r in settings.routes.values() if r.takes(code)]
            if taken:
                yield Problem(
                    place=self.tree.place(path), key=path, found=repr(code),
                    message=f"this feature code is also {taken[0]}",
                    allowed="keys that nothing else begins with, such as '*' and two digits",
                )  # fmt: skip

    def _out_through(self, name: str, path: KeyPath) -> Iterator[Problem]:
        yield from self._known("trunks", name, path, "trunk")
        trunk = self.settings.trunks.get(name)
        if trunk is not None and (trunk.carrier is None or not trunk.takes_calls_out):
            yield Problem(
                place=self.tree.place(path), key=path, found=repr(str(name)),
                message="this trunk takes no calls out",
                allowed="a trunk with 'carrier' and the direction out or both",
            )  # fmt: skip

    def outbound(self) -> Iterator[Problem]:
        """Emergency trunks and numbers, and rights that are given but guard nothing."""
        settings, emergency = self.settings, self.settings.outbound.emergency
        for i, name in enumerate(emergency.trunks):
            yield from self._out_through(name, ("outbound", "emergency", "trunks", i))
        extensions = {agent.extension for agent in settings.agents.values()}
        for i, number in enumerate(emergency.numbers):
            path: KeyPath = ("outbound", "emergency", "numbers", i)
            if taken := {number, emergency.prefix + number} & {*extensions, *settings.numbers}:
                yield Problem(
                    place=self.tree.place(path), key=path, found=repr(str(number)),
                    message=f"{taken.pop()} is an extension or a number of ours already",
                    allowed="numbers that nobody else here has",
                )  # fmt: skip
        if emergency.numbers and not any(
            t.carrier is not None and t.takes_calls_out for t in settings.trunks.values()
        ):
            path = ("outbound", "emergency", "numbers")
            yield Problem(place=self.tree.place(path), key=path, message="no trunk takes calls out")
        rights = {*settings.outbound.guarded, *(r.right for r in settings.routes.values())}
        known = {right for right in rights if right is not None}
        for key, agent in settings.agents.items():
            for i, right in enumerate(agent.may_dial):
                if right not in known:
                    path = ("agents", key, "may_dial", i)
                    yield Problem(
                        place=self.tree.place(path), key=path, found=repr(str(right)),
                        message="there is no such right", allowed=listing(known),
                        meant=nearest(right, known),
                    )  # fmt: skip

    def labels(self) -> Iterator[Problem]:
        for code in self.settings.not_ready_reasons:
            if code in RESERVED_REASONS:
                path: KeyPath = ("not_ready_reasons", code)
                yield Problem(
                    place=self.tree.place(path), key=path,
                    message=f"{code!r} is one of the platform's own reasons; choose another code",
                )  # fmt: skip
        for code, disposition in self.settings.dispositions.items():
            for i, queue in enumerate(disposition.queues):
                yield from self._known("queues", queue, ("dispositions", code, "queues", i),
                                       "queue")  # fmt: skip

    def ports(self) -> Iterator[Problem]:
        server, sip = self.settings.server, self.settings.sip
        embedded = server.redis_url == EMBEDDED and server.valkey_port
        tcp: list[tuple[str, KeyPath]] = [
            (str(server.web.port), ("server", "web", "port")),
            (str(server.fastagi.port), ("server", "fastagi", "port")),
            (str(server.asterisk.ami_port), ("server", "asterisk", "ami_port")),
            (str(sip.port), ("sip", "port")),
            *([(str(server.valkey_port), ("server", "valkey_port"))] if embedded else []),
        ]
        if sip.tls is not None:
            tcp.append((str(sip.tls.port), ("sip", "tls", "port")))
        yield from self._once(tcp, "port")
        if sip.rtp_first <= sip.port <= sip.rtp_last:
            path: KeyPath = ("sip", "port")
            yield Problem(
                place=self.tree.place(path), key=path, found=str(sip.port),
                message="lies within the RTP range", allowed=f"a port outside {sip.rtp_first} to "
                f"{sip.rtp_last}",
            )  # fmt: skip

    def files(self) -> Iterator[Problem]:
        wanted: list[tuple[Path, KeyPath, bool]] = [
            (file, ("flows", name), False) for name, file in self.settings.flows.items()
        ]
        media, tls = self.settings.media, self.settings.sip.tls
        wanted += [(folder, ("media", "music", n), True) for n, folder in media.music.items()]
        if self.settings.synthesis.lexicon is not None:
            wanted.append((self.settings.synthesis.lexicon, ("synthesis", "lexicon"), False))
        if media.prompts is not None:
            wanted.append((media.prompts, ("media", "prompts"), True))
        yield from self._keys_apart()
        if tls is not None:
            wanted.append((tls.certificate, ("sip", "tls", "certificate"), False))
            wanted.append((tls.private_key_file, ("sip", "tls", "private_key_file"), False))
        for path, key, folder in wanted:
            if not (path.is_dir() if folder else path.is_file()):
                yield Problem(
                    place=self.tree.place(key), key=key, found=repr(str(path)),
                    message=f"there is no such {'folder' if folder else 'file'}",
                )  # fmt: skip

    def _keys_apart(self) -> Iterator[Problem]:
        """Whoever copies the folder of recordings must not get their keys with it."""
        recording, state = self.settings.media.recording, self.settings.server.state_dir
        folder = recording.folder
        if (
            recording.encrypted
            and folder is not None
            and (state.absolute().is_relative_to(folder.absolute()))
        ):
            path: KeyPath = ("media", "recording", "folder")
            yield Problem(
                place=self.tree.place(path), key=path, found=repr(str(folder)),
                message="the state folder, where the keys are, lies in it",
                allowed="a folder of its own",
            )  # fmt: skip

    def doubts(self) -> Iterator[Problem]:
        """Warnings: legal, but hardly meant."""
        agents = [agent for agent in self.settings.agents.values() if agent.is_agent]
        for key, queue in self.settings.queues.items():
            fit = [a for a in agents if all(a.skills.get(s, 0) >= p for s, p in
                                            queue.skills.items())]  # fmt: skip
            if not fit:
                path: KeyPath = ("queues", key, "skills")
                yield Problem(
                    place=self.tree.place(path), key=path, warning=True,
                    message="no agent has these skills; contacts will wait in vain",
                )  # fmt: skip
        if not self.settings.numbers:
            yield Problem(
                place=self.tree.place(()), key=("numbers",), warning=True,
                message="no number is configured; nobody can call in",
            )  # fmt: skip
        host = self.settings.server.web.host
        if host not in ("127.0.0.1", "::1"):
            path = ("server", "web", "host")
            yield Problem(
                place=self.tree.place(path), key=path, found=repr(str(host)), warning=True,
                message="the web server is reachable from other machines without TLS; put a "
                "reverse proxy with TLS in front",
            )  # fmt: skip

    def _skills(self, skills: Mapping[str, int], path: KeyPath) -> Iterator[Problem]:
        for skill in skills:
            yield from self._known("skills", skill, (*path, skill), "skill")

    def _language(self, language: str | None, path: KeyPath) -> Iterator[Problem]:
        languages = self.settings.company.languages
        if language is not None and language not in languages:
            yield Problem(
                place=self.tree.place(path), key=path, found=repr(str(language)),
                message="is not one of the company's languages", allowed=listing(languages),
                meant=nearest(language, languages),
            )  # fmt: skip


def _collides(code: str, dialled: str, *, longer: bool) -> bool:
    """Whether ``dialled`` means the code (``longer``: or the code and a number)."""
    return dialled.startswith(code) if longer else dialled == code
