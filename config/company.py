"""Who runs this contact centre."""

from __future__ import annotations

from pydantic import Field, model_validator

from config.base import Label, Language, Name, Section, refused
from config.hours import TimeZone
from config.numbering import Numbering


class Company(Section):
    """The company, the languages it serves in, and its brands."""

    name: Label = Label({"": "Parley"})
    time_zone: TimeZone = "UTC"
    languages: tuple[Language, ...] = ("zh-CN", "en")  # the first is the default
    numbering: Numbering = Numbering()  # how numbers are written here
    # Brands or tenants; numbers refer to them.
    businesses: dict[Name, Label] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _some_language(self) -> Company:
        if not self.languages or len(set(self.languages)) != len(self.languages):
            raise refused("at least one language in 'languages', each once")
        return self

    @property
    def default_language(self) -> str:
        """The language spoken where nothing else is known."""
        return self.languages[0]
