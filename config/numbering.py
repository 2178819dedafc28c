"""How numbers are written: what people and carriers send, and what we keep.

A number is kept in the international form of ITU-T E.164 (``+8613800138000``) where the
country is known, else as it came without decoration. Carriers send the same number in many
ways: ``+86…``, ``0086…``, ``86…``, the national form with its trunk prefix, a ``tel:`` URI,
with parameters of number portability (RFC 4694) or an extension.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated
from urllib.parse import unquote

import phonenumbers
from pydantic import Field

from config.base import Digits, Section, matching
from config.number_kinds import NumberKind, abroad_forms, kind_of

Country = Annotated[
    str, matching(r"[A-Z]{2}", "a country by its two capital letters (ISO 3166), e.g. CN or GB")
]

_LONGEST = 40
_NOWHERE = "ZZ"  # the region of no country (Unicode CLDR)
_SEPARATORS = re.compile(r"[ ().\-/]")
_PLAIN = re.compile(r"\+?[0-9]{1,20}")
_EXTENSION = re.compile(r"(?:;ext=|,| *(?:ext\.?|x) *)[0-9]{1,10}$", re.IGNORECASE)


class NumberRule(Section):
    """One way in which a carrier writes numbers: what begins with ``prefix`` and has
    ``length`` digits (None: any) loses ``strip`` characters and gets ``prepend``."""

    prefix: Digits = ""
    length: int | None = Field(default=None, ge=1, le=20)
    strip: int = Field(default=0, ge=0, le=20)
    prepend: Digits = ""

    def takes(self, number: str) -> bool:
        """Whether ``number`` is written in this way."""
        right = self.length is None or len(number.lstrip("+")) == self.length
        return right and number.startswith(self.prefix)

    def rewritten(self, number: str) -> str:
        """``number``, which this rule takes, in the other form."""
        return self.prepend + number[self.strip :]


class Numbering(Section):
    """``country`` is where numbers without a country code belong, ``rules`` rewrite what is
    written in a way of its own first (the first that takes a number counts)."""

    country: Country | None = None
    # Numbers of our country that no numbering plan knows, e.g. a carrier's own.
    short_numbers: tuple[Digits, ...] = ()
    rules: tuple[NumberRule, ...] = ()

    def clean(self, raw: str) -> str:
        """Digits with a leading '+' of whatever a carrier sent; '' if it is no number."""
        number = plain(raw)
        for rule in self.rules:
            if number and rule.takes(number):
                return rule.rewritten(number)
        return number

    def e164(self, raw: str) -> str:
        """``raw`` in E.164 if that can be told, else cleaned; '' if it is no number."""
        return _e164(self.clean(raw), self.country)

    def forms(self, raw: str) -> tuple[str, ...]:
        """All ways in which the same number may be written, the cleaned one first: as it
        came, E.164, with 00, without sign, national."""
        number = self.clean(raw)
        whole = _e164(number, self.country)
        if not whole.startswith("+"):
            return (number,) if number else ()
        return tuple(
            dict.fromkeys(form for form in (number, *_written(whole, self.country)) if form)
        )

    def same(self, one: str, other: str) -> bool:
        """Whether both are the same number."""
        whole = self.e164(one)
        return bool(whole) and whole == self.e164(other)

    def kind(self, number: str, *dialled: str) -> NumberKind:
        """What kind of number a trunk is asked for; ``dialled`` is the same number before a
        route put digits in front. Without a country of our own, every number that says it is
        international is, and nothing is known of others."""
        written = plain(number)
        others = tuple(
            dict.fromkeys(
                (self.clean(number), *(f(d) for d in dialled for f in (plain, self.clean)))
            )
        )
        if self.country is not None:
            return kind_of(written, self.country, self.short_numbers, others)
        kinds = [kind_of(one, _NOWHERE) for one in (written, *others) if abroad_forms(one, None)]
        return NumberKind(
            premium=any(kind.premium for kind in kinds),
            international=bool(kinds),
            forms=tuple(form for kind in kinds for form in kind.forms),
        )

    def is_foreign(self, number: str) -> bool:
        """Whether the number, in any form, belongs to another country than ours, or to
        none that can be told."""
        return self.kind(number).international

    def is_premium(self, number: str) -> bool:
        """Whether the numbering plan of its country says that calling it costs extra."""
        return self.kind(number).premium


def plain(raw: str) -> str:
    """What was written, without URI scheme, parameters, domain, separators and extension;
    '' if that is no number."""
    text = unquote(raw.strip()[:200]).strip()
    text = text.strip("<>\"' ")
    for scheme in ("tel:", "sip:", "sips:"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
    text = text.partition("@")[0]
    # rn= of RFC 4694 is a routing number: whom the number belongs to, not who it is.
    text = _EXTENSION.sub("", text.partition(";")[0] if ";" in text else text)
    text = _SEPARATORS.sub("", text)[:_LONGEST]
    return text if _PLAIN.fullmatch(text) and text.isascii() else ""


@lru_cache(maxsize=4096)
def _e164(number: str, country: str | None) -> str:
    candidates = [number]
    if number.startswith("00"):
        candidates.insert(0, f"+{number[2:]}")
    elif not number.startswith("+") and country is not None:
        code = str(phonenumbers.country_code_for_region(country))
        if number.startswith(code) and len(number) > len(code) + 6:
            candidates.append(f"+{number}")
    for candidate in candidates:
        if candidate.startswith("+") or country is not None:
            parsed = _parsed(candidate, country)
            if parsed is not None and phonenumbers.is_valid_number(parsed):
                return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return candidates[0]


def _parsed(number: str, country: str | None = None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None


def _written(whole: str, country: str | None) -> tuple[str, ...]:
    parsed = _parsed(whole)
    if parsed is None:
        return (whole,)
    digits = whole[1:]
    forms = [whole, f"00{digits}", digits]
    if country is not None and phonenumbers.country_code_for_region(country) == parsed.country_code:
        national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        forms = [
            "".join(c for c in national if c.isdigit()),
            phonenumbers.national_significant_number(parsed),
            *forms,
        ]
    return tuple(forms)
