"""What callers may say to a flow: in each language, told apart, and possible to hear.

Errors: phrases that are missing in a language, without a word, the same for two choices,
too many. Warnings: phrases that sound the same or that the model cannot hear, languages
that nobody here recognises (only keys count then).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from config.place import KeyPath
from config.problems import Problem, listing
from ivr.abilities import Abilities
from ivr.conversation import in_language
from ivr.flow import Flow
from ivr.listen import MOST_PHRASES
from ivr.nodes.base import Understood
from ivr.nodes.spoken import figure, knows_figures
from media.recognition.spotting import same, sounds_same, speakable

_Said = tuple[str, KeyPath]  # a phrase, and where it was written


def check_speech(flow: Flow, abilities: Abilities) -> Iterator[Problem]:
    """Every problem of what may be said."""
    used: set[str] = set()
    for name, node in flow.nodes.items():
        understood = node.understands()
        if understood is None:
            continue
        checker = _Checker(flow, abilities, ("nodes", name), understood)
        for language in flow.languages:
            yield from checker.language(language)
            if language not in used and (why := abilities.cannot_hear(language)):
                yield checker.problem(
                    (), f"nobody here understands {language}, so that only keys count: {why}",
                    warning=True,
                )  # fmt: skip
            used.add(language)


class _Checker:
    def __init__(
        self, flow: Flow, abilities: Abilities, at: KeyPath, understood: Understood
    ) -> None:
        self.flow = flow
        self.abilities = abilities
        self.at = at
        self.understood = understood

    def problem(self, path: KeyPath, message: str, **more: str | bool | None) -> Problem:
        key = (*self.at, *path)
        return Problem(place=self.flow.tree.place(key), key=key, message=message, **more)  # type: ignore[arg-type]

    def language(self, language: str) -> Iterator[Problem]:
        if self.understood.digits and not knows_figures(language):
            yield self.problem(("speech",), f"digits cannot be said in {language}: only keys")
        said: dict[str, list[_Said]] = {}
        for place, by_language in self.understood.phrases.items():
            choice = place[-1]
            yield from self._missing(place, by_language, language)
            said[choice] = [
                (phrase, self._written(place, by_language, phrase))
                for phrase in in_language(by_language, language) or ()
            ]
            if self.understood.digits:
                said[choice] += [(f, (*place,)) for f in figure(choice, language)]
        for phrases in said.values():
            yield from self._silent(phrases, language)
        yield from self._alike(said, language)
        if sum(map(len, said.values())) > MOST_PHRASES:
            yield self.problem(
                (), f"more phrases than can be told apart in {language}",
                allowed=f"at most {MOST_PHRASES} for all choices; or a node of type ask",
            )  # fmt: skip

    def _missing(
        self, place: KeyPath, phrases: Mapping[str, tuple[str, ...]], language: str
    ) -> Iterator[Problem]:
        if in_language(phrases, language) is None:
            yield self.problem(
                (*place, "speech"), f"nothing to say is given in {language}",
                allowed=f"phrases in each of {listing(self.flow.languages)} ([] for none); it has "
                f"{listing(phrases)}",
            )  # fmt: skip

    def _silent(self, phrases: list[_Said], language: str) -> Iterator[Problem]:
        base = language.partition("-")[0]
        for phrase, key in phrases:
            chinese = any("\u4e00" <= c <= "\u9fff" for c in phrase)
            if not speakable(phrase):
                yield self.problem(key, "there is no word in this phrase", found=repr(phrase))
            elif chinese and base not in ("zh", "ja", "yue"):
                yield self.problem(
                    key, f"this phrase is not {language}, so that it is never heard",
                    found=repr(phrase),
                )  # fmt: skip
        spoken = [phrase for phrase, _ in phrases]
        for phrase in self.abilities.unheard(spoken, language) if spoken else ():
            yield self.problem(
                phrases[spoken.index(phrase)][1], "no model here can hear this phrase: a word of "
                f"it is not in the vocabulary of {language}", found=repr(phrase), warning=True,
            )  # fmt: skip

    def _alike(self, said: Mapping[str, list[_Said]], language: str) -> Iterator[Problem]:
        for one, other in combinations(said, 2):
            for phrase, _ in said[one]:
                for rival, key in said[other]:
                    if same(phrase, rival):
                        yield self.problem(
                            key, f"the same phrase means both {one!r} and {other!r} in {language}",
                            found=repr(rival), allowed="each phrase for one choice",
                        )  # fmt: skip
                    elif sounds_same(phrase, rival):
                        yield self.problem(
                            key, f"sounds like {phrase!r}, which means {one!r}, in {language}",
                            found=repr(rival), warning=True,
                        )  # fmt: skip

    def _written(
        self, place: KeyPath, phrases: Mapping[str, tuple[str, ...]], phrase: str
    ) -> KeyPath:
        """Where a phrase stands in the file: as one of a list, by language, or alone."""
        for language, some in phrases.items():
            if phrase in some:
                tails: list[KeyPath] = [(language, some.index(phrase)), (language,),
                                        (some.index(phrase),)]  # fmt: skip
                for tail in tails:
                    if (*self.at, *place, "speech", *tail) in self.flow.tree.places:
                        return (*place, "speech", *tail)
        return (*place, "speech")
