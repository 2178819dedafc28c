"""What all settings models share: the base class and the value types.

Every type that restricts text says in words what it allows, because that
sentence is what a person reads in the error.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    model_validator,
)
from pydantic_core import PydanticCustomError

from config.place import Scalar


class Section(BaseModel):
    """A frozen group of settings that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def refused(allowed: str) -> PydanticCustomError:
    """The error of a validator; ``allowed`` says what would be accepted."""
    return PydanticCustomError("refused", "{allowed}", {"allowed": allowed})


def matching(pattern: str, allowed: str) -> AfterValidator:
    """A validator that wants the whole text to match ``pattern``."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise refused(allowed)
        return value

    return AfterValidator(check)


def _printable(value: str) -> str:
    if not value.isprintable() or len(value) > 200:
        raise refused("text on one line, at most 200 characters, without control characters")
    return value


def _decimal(value: Any) -> Any:
    """Refuse 0123, which YAML tools read as octal 83, and 1_000 and 1:30 likewise."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?(0|[1-9][0-9]*)", value):
        raise refused("a whole number in decimal digits without leading zeros")
    return value


def typed(raw: Any) -> Any:
    """true, false, 5 and 0.5 mean what they look like; 007 stays text."""
    if not isinstance(raw, Scalar):
        if isinstance(raw, (bool, int, float, str)):
            return raw
        raise refused("a text, a number, true or false")
    if raw in ("true", "false"):
        return raw == "true"
    if _INTEGER.fullmatch(raw):
        return int(raw)
    if _DECIMAL.fullmatch(raw):
        return float(raw)
    if len(raw) > 200:
        raise refused("a text of at most 200 characters, a number, true or false")
    return str(raw)


_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")


def _path(value: Any) -> Any:
    """A relative path starts at the folder of the file that names it."""
    if isinstance(value, str) and (
        not value.isprintable() or any(len(p.encode()) > 255 for p in Path(str(value)).parts)
    ):
        raise refused("a path on one line, each part of it at most 255 bytes")
    if isinstance(value, Scalar) and value.place.folder is not None:
        return value.place.folder / Path(str(value)).expanduser()
    return Path(value).expanduser() if isinstance(value, str) else value


def _host(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not _HOST_NAME.fullmatch(value):
            raise refused(
                "an IP address such as 192.0.2.10 or a host name such as sip.example.com"
            ) from None
    return value


_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                        r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")  # fmt: skip


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise refused("an IP address or network such as 192.0.2.10 or 198.51.100.0/24") from None
    return value


def _bind(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        raise refused("an IP address of this machine, e.g. 127.0.0.1 or 0.0.0.0") from None
    return value


Name = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9_-]{0,39}",
        "a name of lower-case letters, digits, '-' and '_', at most 40, e.g. 'cards'",
    ),
]
SkillName = Annotated[
    str,
    matching(
        r"[A-Za-z][A-Za-z0-9_.-]{0,39}",
        "a skill name of letters, digits, '.', '-' and '_', at most 40, e.g. 'language.zh-CN'",
    ),
]
Login = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9._-]{0,39}",
        "a log-in of lower-case letters, digits, '.', '-' and '_', at most 40, e.g. 'wang.fang'",
    ),
]
Language = Annotated[
    str,
    matching(
        r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?",
        "a language tag (BCP 47) such as en, zh-CN or zh-Hant-TW",
    ),
]
Extension = Annotated[
    str, matching(r"[1-9][0-9]{1,9}", "2 to 10 digits that do not begin with 0, e.g. '6001'")
]
Number = Annotated[
    str, matching(r"\+?[0-9]{2,20}", "2 to 20 digits, with a leading '+' if international")
]
Digits = Annotated[str, matching(r"\+?[0-9]{0,20}", "at most 20 digits, '+' only in front")]
SipUser = Annotated[
    str, matching(r"[A-Za-z0-9._+-]{1,64}", "letters, digits, '.', '_', '+', '-', at most 64")
]
Text = Annotated[str, AfterValidator(_printable)]
Int = Annotated[int, BeforeValidator(_decimal)]
Constant = Annotated[bool | int | float | str, BeforeValidator(typed)]
AttributeName = Annotated[
    str,
    matching(
        r"[a-z][a-z0-9_]{0,39}",
        "an attribute's name: a lower-case letter, then letters, digits and '_', at most 40",
    ),
]
Port = Annotated[int, BeforeValidator(_decimal), Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(ge=0, le=86400)]
Proficiency = Annotated[int, BeforeValidator(_decimal), Field(ge=1, le=10)]
FilePath = Annotated[Path, BeforeValidator(_path)]
Host = Annotated[str, AfterValidator(_host)]
Network = Annotated[str, AfterValidator(_network)]
BindAddress = Annotated[str, AfterValidator(_bind)]


class Label(RootModel[dict[str, Text]]):
    """A text people see, per language tag; a plain text stands for every language."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"": value} if isinstance(value, str) else value

    def text(self, language: str) -> str:
        """In ``language``, else its base language, else whatever there is."""
        texts = self.root
        base = language.split("-")[0]
        near = next((k for k in texts if k.split("-")[0] == base), None)
        return texts.get(language) or texts.get(near or "") or next(iter(texts.values()), "")


def keyed(field: str) -> BeforeValidator:
    """For a mapping of things by name: each learns its own name as ``field``."""

    def give(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            key: {**item, field: str(key)} if isinstance(item, dict) and field not in item else item
            for key, item in ((k, {} if v is None else v) for k, v in value.items())
        }

    return BeforeValidator(give)


Check = Callable[[Any], Any]
