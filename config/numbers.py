"""Numbers that customers dial."""

from __future__ import annotations

from config.base import Label, Language, Name, Section


class InboundNumber(Section):
    """What happens with a call to one of our numbers."""

    number: str = ""
    label: Label = Label({})
    trunk: Name = "any"  # 'any', or only calls of this trunk
    flow: Name
    business: Name | None = None
    language: Language | None = None  # None: the company's first
    hours: Name | None = None  # None: always open
    closed_flow: Name | None = None  # None: 'flow' itself decides what closed means
