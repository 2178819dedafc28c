"""What the facts of a company look like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from media.understanding.errors import BadPattern


@dataclass(frozen=True, slots=True)
class Product:
    """A product, its name in the records, and the other ways in which people say it."""

    name: str
    aliases: tuple[str, ...] = ()


# Found without any configuration, if words announce them: 6 to 20 letters and digits.
DEFAULT_ORDER = r"(?=[a-z0-9-]*[0-9]{4})[a-z]{0,4}-?[0-9]{6,20}"


@dataclass(frozen=True, slots=True)
class FactSettings:
    """``orders``: patterns of order numbers by kind, matched against lower-case text whose
    spoken digits are written (``jr20240815``). An order that its own pattern finds needs
    no words that announce it. ``region``: ``CN`` or ``US``, for national numbers."""

    orders: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    products: tuple[Product, ...] = ()
    region: str = "CN"
    month_first: bool = True  # how 3/5/2026 is read
    currency: str = "CNY"  # of amounts in 'yuan', 块 and of bare signs


def fact_settings(
    *,
    orders: Mapping[str, str] | None = None,
    products: Mapping[str, Sequence[str]] | None = None,
    region: str = "CN",
    month_first: bool = True,
) -> FactSettings:
    """Settings from plain values, e.g. of a configuration file. Raises BadPattern."""
    compiled = {}
    for name, pattern in (orders or {}).items():
        try:
            re.compile(pattern)  # on its own, before it gets company that could mend it
            compiled[name] = re.compile(rf"(?<![0-9])(?:{pattern})(?![0-9])", re.IGNORECASE)
        except re.error as error:
            raise BadPattern(
                f"The pattern of the order numbers {name!r} cannot be read: {error}.",
                hint="Write a regular expression such as 'JR[0-9]{8}'.",
            ) from None
    return FactSettings(
        orders=compiled,
        products=tuple(Product(name, tuple(also)) for name, also in (products or {}).items()),
        region=region,
        month_first=month_first,
    )
