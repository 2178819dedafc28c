"""Reading a requirement: recursive descent, straight into the simplified tree.

Grammar (words in any case)::

    any     = all { "or" all }
    all     = one { "and" one }
    one     = { "not" } ( "(" any ")" | "true" | "false" | "has" SKILL | clause )
    clause  = SKILL | operand ( SIGN operand | ["not"] "in" "[" VALUE { "," VALUE } "]" )
    operand = NAME | VALUE

``negated`` goes down instead of a 'not' staying above: 'not (a and b)' is read as
'not a or not b', down to the clauses.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from acd.requirement.clauses import Clauses, nearest
from acd.requirement.errors import RequirementError
from acd.requirement.requirement import MAX_CANONICAL, MAX_DEPTH, Finding, Requirement, make
from acd.requirement.simplification import conjunction, disjunction
from acd.requirement.tokens import Kind, Token, tokens
from acd.requirement.tree import FALSE, TRUE, Tree

MAX_TEXT = 2000  # characters
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def parse(text: str, skills: Collection[str] = ()) -> Requirement:
    """Read what somebody wrote. ``skills``: those that exist; a name among them is the
    agent's proficiency in it, any other name without prefix an attribute of the contact.
    Raises :class:`RequirementError`."""
    if len(text) > MAX_TEXT:
        raise RequirementError(
            f"The requirement is too long ({len(text)} characters).",
            hint=f"At most {MAX_TEXT} are allowed.",
        )
    return _Reader(text, skills, MAX_DEPTH).whole()


@lru_cache(maxsize=4096)
def load(text: str) -> Requirement:
    """Read a canonical text (:attr:`Requirement.text`) back. It may be longer than what
    people may write, for names in it are in full."""
    if len(text) > MAX_CANONICAL:
        raise RequirementError(
            f"The requirement is too long ({len(text)} characters).",
            hint=f"At most {MAX_CANONICAL} are allowed.",
        )
    return _Reader(text, (), MAX_DEPTH + 5).whole()


class _Reader:
    def __init__(self, text: str, skills: Collection[str], max_depth: int) -> None:
        self.text, self.skills, self.max_depth = text, skills, max_depth
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0
        self.findings: list[Finding] = []
        self.clauses = Clauses(text, skills, self.findings)

    def whole(self) -> Requirement:
        if self.is_end():
            raise RequirementError(
                "The requirement is empty.", hint="Write true if anybody may take the contact."
            )
        tree = self.any(negated=False)
        if not self.is_end():
            raise self.unexpected("and, or, or the end")
        return make(tree, tuple(dict.fromkeys(self.findings)))

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.now
        self.at += 1
        return token

    def is_end(self) -> bool:
        return self.now.kind is Kind.END

    def is_at(self, *words: str) -> bool:
        return self.now.kind in (Kind.WORD, Kind.SIGN) and self.now.text in words

    def follows(self, *words: str) -> bool:
        """Whether one of these words or signs comes after the present one."""
        after = self.tokens[self.at + 1]
        return after.kind in (Kind.WORD, Kind.SIGN) and after.text in words

    def any(self, negated: bool) -> Tree:
        start = self.now.start
        parts = [self.all(negated)]
        while self.is_at("or"):
            self.at += 1
            parts.append(self.all(negated))
        return self.joined(parts, negated, start)

    def all(self, negated: bool) -> Tree:
        start = self.now.start
        parts = [self.one(negated)]
        while self.is_at("and"):
            self.at += 1
            parts.append(self.one(negated))
        return self.joined(parts, not negated, start)

    def joined(self, parts: list[Tree], all_of_them: bool, start: int) -> Tree:
        if len(parts) == 1:
            return parts[0]
        tree = conjunction(parts) if all_of_them else disjunction(parts)
        constant = tree in (TRUE, FALSE) and tree not in parts
        if constant:
            said = self.text[start : self.tokens[self.at - 1].end]
            self.findings.append(
                Finding("always_true", f"{said!r} is always true.", "Leave it out.")
                if tree == TRUE
                else Finding(
                    "impossible",
                    f"{said!r} can never be true.",
                    "Its parts exclude each other; perhaps 'or' is meant.",
                )
            )
        return tree

    def one(self, negated: bool) -> Tree:
        while self.is_at("not"):
            self.at += 1
            negated = not negated
        if self.is_at("("):
            return self.nested(negated)
        if self.is_at("has"):
            self.at += 1
            name = self.take() if self.now.kind is Kind.NAME else None
            if name is None:
                raise self.unexpected("the name of a skill after 'has'")
            return self.clauses.has(name, negated)
        if self.is_at("true", "false") and not self.follows(*COMPARISONS):
            return TRUE if (self.take().text == "true") != negated else FALSE
        return self.clause(negated)

    def nested(self, negated: bool) -> Tree:
        opening = self.take()
        self.depth += 1
        if self.depth > self.max_depth:
            raise RequirementError.at(
                self.text,
                opening.start,
                "The parentheses are nested too deeply",
                f"At most {self.max_depth} levels are allowed.",
            )
        tree = self.any(negated)
        if not self.is_at(")"):
            raise self.unexpected(f") for the ( at column {opening.start + 1}, and, or or")
        self.at += 1
        self.depth -= 1
        return tree

    def clause(self, negated: bool) -> Tree:
        left = self.operand("a skill, an attribute, 'waiting', 'has', 'not' or (")
        if self.is_at(*COMPARISONS):
            sign = self.take()
            right = self.operand("a value or a name")
            if self.is_at(*COMPARISONS):
                raise RequirementError.at(
                    self.text,
                    self.now.start,
                    "A comparison has two sides, and a third begins",
                    "Write it as two clauses: 3 <= x and x < 5.",
                )
            return self.clauses.comparison(left, sign, right, negated)
        if self.is_at("not") and self.follows("in"):
            self.at += 1
            negated = not negated
        if self.is_at("in"):
            self.at += 1
            return self.clauses.membership(left, self.values(), negated)
        return self.clauses.bare(left, negated)

    def operand(self, expected: str) -> Token:
        if self.now.kind in (Kind.NAME, Kind.NUMBER, Kind.TEXT) or self.is_at("true", "false"):
            return self.take()
        raise self.unexpected(expected)

    def values(self) -> list[Token]:
        if not self.is_at("["):
            raise self.unexpected("a list like [1, 2] or ['a', 'b'] after 'in'")
        found: list[Token] = []
        while not found or self.is_at(","):
            self.at += 1
            if self.now.kind not in (Kind.NUMBER, Kind.TEXT) and not self.is_at("true", "false"):
                raise self.unexpected("a number, a text in quotes, true or false")
            found.append(self.take())
        if not self.is_at("]"):
            raise self.unexpected(", or ]")
        self.at += 1
        return found

    def unexpected(self, expected: str) -> RequirementError:
        token = self.now
        here = "The requirement ends" if token.kind is Kind.END else f"{token.text} cannot stand"
        hint = f"Expected: {expected}."
        if word := nearest(token.text, ("and", "or", "not"), cutoff=0.6):
            hint += f" Perhaps {word!r} is meant."
        return RequirementError.at(self.text, token.start, here, hint)
