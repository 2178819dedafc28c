"""What kind of number a call out asks for: premium, international, or neither.

Whoever dials wants a call to get past a rule, and a carrier reads digits more kindly than a
numbering plan does: it ignores a digit too many, and takes prefixes off. So a number that is
valid counts as what it is, and one that is not counts as everything that somebody might
read in it. A number of which nothing can be told counts as international.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

_PREMIUM = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)
_LONGEST_LOCAL = 8  # digits of a number without its area code
_MOST_PREFIX = 8  # digits that a carrier might take off in front
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class NumberKind:
    """``forms`` are ways in which the number may be read, each with '+' and its country
    code; ``clear``: there is only one way."""

    premium: bool
    international: bool
    forms: tuple[str, ...] = ()
    clear: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """``clear``: a valid number, and written as it should be; ``known``: a valid number, a
    short one or a local one; ``home``: of our own country. ``others`` is what the digits mean
    to a carrier that wants country codes without '+'."""

    clear: bool = False
    known: bool = False
    home: bool = False
    abroad: bool = False  # written as an international number, and not valid at home
    premium: bool = False
    numbers: tuple[PhoneNumber, ...] = ()
    others: tuple[PhoneNumber, ...] = ()


@lru_cache(maxsize=4096)
def kind_of(
    number: str, country: str, short: tuple[str, ...] = (), dialled: tuple[str, ...] = ()
) -> NumberKind:
    """The kind of ``number``, which a trunk is asked for in ``country``. ``dialled`` is the
    same number in other forms (as people dial it, before a route puts digits in front);
    ``short`` are numbers that are known to be of our country. All have only digits and perhaps
    '+' in front."""
    whole = _read(number[:_LONGEST], country, short)
    if whole.clear:
        return NumberKind(
            premium=whole.premium, international=not whole.home,
            forms=_whole(whole.numbers), clear=True,
        )  # fmt: skip
    parts = {
        part: _read(part, country, short)
        for part in (text[:_LONGEST] for text in dialled)
        if part and part != number
    }
    readings = [whole, *parts.values()]
    numbers = [found for one in readings for found in one.numbers]
    numbers += whole.others
    unknown = [part for part, reading in parts.items() if not reading.known]
    if not whole.known and not any(one.known for one in parts.values()):
        unknown.append(number[:_LONGEST])
    for text in unknown:
        numbers += _within(text, country)
    home = any(one.home for one in readings) and not any(one.abroad for one in readings)
    return NumberKind(
        premium=any(one.premium for one in readings) or any(map(_is_premium, numbers)),
        international=not home,
        forms=_whole(tuple(numbers)),
    )


def _read(number: str, country: str, short: tuple[str, ...]) -> _Reading:
    if number in short:
        return _Reading(known=True, home=True)
    rests = abroad_forms(number, country)
    if rests:
        for rest in rests:
            found = _parsed(f"+{rest}")
            if found is not None and phonenumbers.is_valid_number(found):
                home = phonenumbers.is_valid_number_for_region(found, country)
                return _Reading(
                    clear=True, known=True, home=home, abroad=not home,
                    premium=_is_premium(found), numbers=(found,),
                )  # fmt: skip
        return _Reading(abroad=True)
    found = _parsed(number, country)
    if found is None:
        return _Reading()
    if phonenumbers.is_valid_short_number_for_region(found, country):
        return _Reading(known=True, home=True, premium=_is_dear(found, country))
    elsewhere = _elsewhere(number, country)
    if phonenumbers.is_valid_number(found):
        home = phonenumbers.is_valid_number_for_region(found, country)
        national = phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL)
        clear = "".join(c for c in national if c.isdigit()) == number
        # '4479…' in Germany may be a German number whose 0 was left out, or a British one.
        return _Reading(
            clear=clear, known=True, home=home and (clear or not elsewhere),
            premium=_is_premium(found), numbers=(found,), others=() if clear else elsewhere,
        )  # fmt: skip
    if len(number) <= _LONGEST_LOCAL:
        return _Reading(
            known=not elsewhere, home=not elsewhere, others=elsewhere,
            premium=any(
                _is_premium(one) or _is_dear(one, country) for one in _begun(number, country)
            ),
        )  # fmt: skip
    return _Reading()


def abroad_forms(number: str, country: str | None) -> tuple[str, ...]:
    """``number`` without what says that a country code follows: '+', 00, or what is dialled in
    ``country`` to call abroad. None if nothing says so."""
    if number.startswith("+"):
        return (number[1:],)
    rests = []
    metadata = PhoneMetadata.metadata_for_region(country) if country is not None else None
    if metadata is not None and metadata.international_prefix is not None:
        found = re.match(metadata.international_prefix, number)
        if found is not None and found.end() < len(number):
            rests.append(number[found.end() :])
    if number.startswith("00"):
        rests.append(number[2:])
    return tuple(dict.fromkeys(rests))


def _elsewhere(number: str, country: str) -> tuple[PhoneNumber, ...]:
    found = _parsed(f"+{number}")
    if found is None or not phonenumbers.is_valid_number(found):
        return ()
    return () if phonenumbers.is_valid_number_for_region(found, country) else (found,)


def _within(number: str, country: str) -> Iterator[PhoneNumber]:
    """Every number that may be read in ``number``, which is none by itself."""
    digits = number.lstrip("+")
    for rest in (digits, *abroad_forms(number, country)):
        for end in range(len(rest), 3, -1):
            found = _parsed(f"+{rest[:end]}")
            if found is not None and (end == len(rest) or phonenumbers.is_valid_number(found)):
                yield found
    for start in range(min(_MOST_PREFIX, len(digits)) + 1):
        yield from _begun(digits[start:], country)


def _begun(digits: str, country: str) -> Iterator[PhoneNumber]:
    """What ``digits`` are at home, and every valid number with which they begin."""
    for end in range(len(digits), 2, -1):
        found = _parsed(digits[:end], country)
        if found is not None and (
            end == len(digits)
            or phonenumbers.is_valid_number(found)
            or phonenumbers.is_valid_short_number_for_region(found, country)
        ):
            yield found


def _is_premium(number: PhoneNumber) -> bool:
    return phonenumbers.number_type(number) in _PREMIUM


def _is_dear(number: PhoneNumber, country: str) -> bool:
    cost = phonenumbers.expected_cost_for_region(number, country)
    return bool(cost == phonenumbers.ShortNumberCost.PREMIUM_RATE)


def _whole(numbers: tuple[PhoneNumber, ...]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            f"+{one.country_code}{phonenumbers.national_significant_number(one)}" for one in numbers
        )
    )


def _parsed(number: str, country: str | None = None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
