"""The effective configuration as text: every value, and where it came from.

The text is itself a valid configuration. Secrets are listed by name and source only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yaml
from pydantic import BaseModel

from config.base import Label
from config.load import Loaded
from config.model import Settings
from config.place import KeyPath, dotted
from config.queues import Destination
from config.secret_names import secret_names
from config.secrets import Secrets

_PLAIN_SCALAR = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./@+ -]*")
MASK = "***"


def show(loaded: Loaded, secrets: Secrets) -> str:
    """YAML with a comment behind each value that somebody gave; defaults have none."""
    lines = [f"# {file}" for file in loaded.files]
    lines += list(_mapping(plain(loaded.settings), (), loaded))
    lines += ["", "# Secrets (never shown):"]
    lines += [f"#   {name}: {secrets.source(name)}" for name in secret_names(loaded.settings)]
    return "\n".join(lines) + "\n"


def as_dict(loaded: Loaded, secrets: Secrets) -> dict[str, Any]:
    """The same for machines: settings, their sources by dotted key, secrets' sources."""
    return {
        "files": [str(file) for file in loaded.files],
        "settings": plain(loaded.settings),
        "sources": {dotted(p): str(q) for p, q in loaded.tree.places.items() if p},
        "secrets": {name: secrets.source(name) for name in secret_names(loaded.settings)},
    }


def plain(settings: Settings) -> dict[str, Any]:
    """Settings as dicts, lists, text, numbers and booleans, as one would write them:
    without the names that are keys already and without what is None."""
    result = _plain(settings)
    assert isinstance(result, dict)
    server = result["server"]
    for key in ("redis_url", "database_url"):
        server[key] = mask_url(server[key])
    return result


def mask_url(url: str) -> str:
    """The address with a password in it replaced."""
    try:
        parts = urlsplit(url)
        if parts.password is None:
            return url
    except ValueError:
        return MASK
    user = f"{parts.username or ''}:{MASK}@"
    return urlunsplit(parts._replace(netloc=user + parts.netloc.rpartition("@")[2]))


def _plain(value: Any, *, keyed: bool = False) -> Any:
    if isinstance(value, Label):
        return value.root[""] if list(value.root) == [""] else dict(value.root)
    if isinstance(value, Destination):
        return str(value)
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        own_name = next(iter(fields)) if keyed else None
        if own_name is not None and fields[own_name].default != "":
            own_name = None
        given = {name: getattr(value, name) for name in fields if name != own_name}
        return {name: _plain(item) for name, item in given.items() if item is not None}
    if isinstance(value, Mapping):
        return {key: _plain(item, keyed=True) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (bool, int, float)) else str(value)


def _mapping(value: Mapping[str, Any], path: KeyPath, loaded: Loaded) -> Iterator[str]:
    indent = "  " * len(path)
    for key, item in value.items():
        here = (*path, key)
        if isinstance(item, dict) and item:
            yield f"{indent}{_scalar(key)}:"
            yield from _mapping(item, here, loaded)
            continue
        place = loaded.tree.places.get(here)
        source = f"  # {place}" if place is not None else ""
        yield f"{indent}{_scalar(key)}: {_flow(item)}{source}"


def _flow(item: Any) -> str:
    if isinstance(item, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in item.items()) + "}"
    if isinstance(item, list):
        return "[" + ", ".join(_flow(v) for v in item) + "]"
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(item) if isinstance(item, (int, float)) else _scalar(item)


def _scalar(text: str) -> str:
    """Quoted unless every YAML tool reads the plain form as this same text."""
    if _PLAIN_SCALAR.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    quoted = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=2**31)
    return quoted.rstrip("\n")
