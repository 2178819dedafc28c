"""What is looked for in the words of customers."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.base import FilePath, Int, Name, Section, Text, refused


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error:
        raise refused("a regular expression such as 'JR[0-9]{8}'") from None
    return value


class Understanding(Section):
    """``orders``: patterns of the company's own numbers, which are facts, and are not
    taken for misread cards. ``products``: names, and the other ways to say each.
    ``mask``: which numbers are never stored or shown. ``intents``: a model made by
    'parley intents train'."""

    region: Literal["CN", "US"] = "CN"  # whose national telephone numbers are expected
    orders: dict[Name, Annotated[Text, AfterValidator(_pattern)]] = Field(default_factory=dict)
    products: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)
    mask: frozenset[Literal["card", "identity", "secret", "phone"]] = frozenset(
        {"card", "identity", "secret"}
    )
    keep_last: Annotated[Int, Field(ge=0, le=4)] = 0  # digits of a card that stay readable
    intents: FilePath | None = None  # None: those of the sample company
