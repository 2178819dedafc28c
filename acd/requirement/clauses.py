"""From the words of one clause to what it asks, with the kinds of values checked."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from difflib import get_close_matches

from acd.requirement.errors import RequirementError
from acd.requirement.region import (
    ORDERING,
    Region,
    Sort,
    Value,
    compared,
    flipped,
    known,
    negated,
    one_of,
)
from acd.requirement.requirement import Finding
from acd.requirement.text import written
from acd.requirement.tokens import Kind, Token, is_name
from acd.requirement.tree import (
    ABSENT,
    FALSE,
    LEAST,
    MOST,
    PRESENT,
    TRUE,
    Match,
    Of,
    Tree,
    fact,
    skill,
)

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def nearest(name: str, names: Collection[str], cutoff: float = 0.7) -> str | None:
    """The name that was probably meant."""
    by_folded = {one.casefold(): one for one in names}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else None


class _Named:
    """A name that was looked up: a skill, or an attribute of somebody."""

    def __init__(self, of: Of | None, name: str) -> None:
        self.of, self.name = of, name  # of None: a skill


class Clauses:
    """Makes the clauses of one text; ``findings`` collects what is surely not meant."""

    def __init__(self, text: str, skills: Collection[str], findings: list[Finding]) -> None:
        self.text, self.skills, self.findings = text, frozenset(skills), findings

    def has(self, token: Token, negate: bool) -> Tree:
        """``has SKILL``."""
        named = self._named(token)
        name = named.name
        if named.of is not None:
            guess = not self.skills and named.of is Of.CONTACT and token.text == name
            if token.text not in self.skills and not guess:
                raise self._unknown_skill(token)
            name = token.text
        return skill(name, ABSENT if negate else PRESENT)

    def bare(self, token: Token, negate: bool) -> Tree:
        """A name without a comparison: only a skill can stand so."""
        if token.kind is not Kind.NAME:
            raise self._error(token, "A value alone says nothing", "Compare a name with it.")
        named = self._named(token)
        if named.of is None:
            return skill(named.name, ABSENT if negate else PRESENT)
        close = nearest(token.text, self.skills)
        meant = f" Perhaps the skill {close!r} is meant." if close else ""
        raise self._error(
            token,
            f"{token.text!r} is not a known skill, and an attribute cannot stand alone",
            f"Compare it, e.g. {token.text} == true.{meant}",
        )

    def comparison(self, left: Token, sign: Token, right: Token, negate: bool) -> Tree:
        """``left sign right``."""
        how = sign.text
        if left.kind is not Kind.NAME:
            if right.kind is not Kind.NAME:
                raise self._error(left, "Two values are compared", "One side must be a name.")
            left, right, how = right, left, flipped(how)
        how = negated(how) if negate else how
        named = self._named(left)
        if right.kind is Kind.NAME:
            return self._match(named, how, right)
        sort, value = _value(right)
        if how in ORDERING and sort is Sort.TRUTH:
            raise self._error(right, "true and false have no order", "Use == or !=.")
        self._check_sort(named, right)
        if named.of is None:
            assert isinstance(value, int | float)
            asked = value
            levels = _levels(lambda level: _SIGNS[how](level, asked))
            odd = not LEAST <= asked <= MOST or asked != int(asked)
            odd |= levels == PRESENT and (how, asked) != (">=", LEAST)
            return self._skill(named.name, levels, odd, self._said(negate, left, right))
        region = compared(how, value)
        return self._fact(named, sort, region, self._said(negate, left, right))

    def membership(self, left: Token, values: list[Token], negate: bool) -> Tree:
        """``left in [values]``."""
        if left.kind is not Kind.NAME:
            raise self._error(left, "A value is looked for in values", "Begin with a name.")
        named = self._named(left)
        found = [_value(token) for token in values]
        for token, (sort, _) in zip(values, found, strict=True):
            if sort is not found[0][0]:
                raise self._error(
                    token,
                    "The values of a list are of different kinds",
                    f"All must be like the first, {values[0].text}.",
                )
            self._check_sort(named, token)
        said = self._said(negate, left, values[-1], "]")
        if named.of is None:
            wanted = {value for _, value in found}
            levels = _levels(lambda level: (level in wanted) != negate)
            odd = any(value not in range(LEAST, MOST + 1) for value in wanted)
            return self._skill(named.name, levels, odd, said)
        region = one_of(value for _, value in found)
        return self._fact(named, found[0][0], ~region if negate else region, said)

    def _skill(self, name: str, levels: int, odd: bool, said: str) -> Tree:
        if not levels:
            hint = f"Proficiency goes from {LEAST} to {MOST}, in whole numbers."
            self.findings.append(Finding("impossible", f"{said} can never be true.", hint))
        elif odd and levels == PRESENT:
            message = f"{said} is true for every agent who has the skill."
            hint = f"Write has {name} if that is meant."
            self.findings.append(Finding("always_true", message, hint))
        elif odd:
            message = f"{said} speaks of a proficiency that does not exist."
            hint = f"It means {written(skill(name, levels), short=True)}."
            self.findings.append(Finding("odd_proficiency", message, hint))
        return skill(name, levels)

    def _fact(self, named: _Named, sort: Sort, region: Region, said: str) -> Tree:
        assert named.of is not None
        tree = fact(named.of, named.name, sort, region)
        if tree == FALSE:
            hint = "Nothing lies there." if named.of is not Of.WAITING else "Waiting begins at 0."
            self.findings.append(Finding("impossible", f"{said} can never be true.", hint))
        elif tree == TRUE:
            message = f"{said} is always true."
            self.findings.append(Finding("always_true", message, "Waiting begins at 0."))
        return tree

    def _said(self, negate: bool, first: Token, last: Token, closing: str = "") -> str:
        """The clause in the words of the text."""
        said = self.text[first.start : last.end] + closing
        return repr(f"not {said}" if negate else said)

    def _match(self, named: _Named, how: str, right: Token) -> Tree:
        other = self._named(right)
        if (named.of, other.of) == (Of.CONTACT, Of.AGENT):
            named, other, how = other, named, flipped(how)
        if (named.of, other.of) != (Of.AGENT, Of.CONTACT):
            raise self._error(
                right,
                "These two cannot be compared with each other",
                "Compare with a value, or an attribute of the agent with one of the contact "
                f"(a text stands in quotes: '{right.text}').",
            )
        return Match(named.name, how, other.name)

    def _check_sort(self, named: _Named, token: Token) -> None:
        if token.kind is Kind.NUMBER or named.of not in (None, Of.WAITING):
            return
        what = "The waiting time" if named.of else "A proficiency"
        hint = "a number of seconds" if named.of else f"a number from {LEAST} to {MOST}"
        raise self._error(token, f"{what} is not {token.text}", f"Compare it with {hint}.")

    def _named(self, token: Token) -> _Named:
        name = token.text
        prefix, dot, rest = name.partition(".")
        if dot and prefix in ("skill", Of.AGENT, Of.CONTACT):
            if not is_name(rest):
                raise self._error(token, f"{name!r} is not a name", f"A name follows {prefix}.")
            return _Named(None if prefix == "skill" else Of(prefix), rest)
        if name == "waiting":
            return _Named(Of.WAITING, "")
        return _Named(None if name in self.skills else Of.CONTACT, name)

    def _unknown_skill(self, token: Token) -> RequirementError:
        close = nearest(token.text, self.skills)
        hint = f"Perhaps {close!r} is meant." if close else "Define it under skills first."
        return self._error(token, f"There is no skill {token.text!r}", hint)

    def _error(self, token: Token, problem: str, hint: str) -> RequirementError:
        return RequirementError.at(self.text, token.start, problem, hint)


def _value(token: Token) -> tuple[Sort, Value]:
    found = known(token.text == "true" if token.kind is Kind.WORD else token.value)
    assert found is not None
    return found


def _levels(wanted: Callable[[int], bool]) -> int:
    return sum(1 << level for level in range(LEAST, MOST + 1) if wanted(level))
