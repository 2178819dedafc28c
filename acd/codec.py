"""Contacts, agents and offers as JSON, the form in which they live in Redis.

Enums are written by value and times as seconds since the epoch, UTC. A reader
ignores keys it does not know and takes the default for keys that are missing, so
that an app can be updated while contacts are in progress.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import Agent, Contact, EndReason, Medium, Offer, Segment, SegmentKind
from acd.offer_states import OfferState
from core.clock import from_epoch


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=_Dataclass)

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_ENUMS: dict[str, Any] = {
    "Medium": Medium,
    "SegmentKind": SegmentKind,
    "EndReason": EndReason,
    "ContactState": ContactState,
    "AgentState": AgentState,
    "OfferState": OfferState,
}


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return value.value if isinstance(value, StrEnum) else value


def _readers(kind: type[_Dataclass]) -> dict[str, Any]:
    """For each field of ``kind`` that JSON cannot carry, what makes it whole again."""
    readers: dict[str, Any] = {}
    for name, field in kind.__dataclass_fields__.items():
        annotation = str(field.type).removesuffix(" | None")
        if annotation == "datetime":
            readers[name] = from_epoch
        elif annotation in _ENUMS:
            readers[name] = _ENUMS[annotation]
    return readers


_KINDS: tuple[type[_Dataclass], ...] = (Contact, Segment, Agent, Offer)
_FIELDS = {kind: tuple(kind.__dataclass_fields__) for kind in _KINDS}
_READERS = {kind: _readers(kind) for kind in _KINDS}


def _to_dict(thing: _Dataclass) -> dict[str, Any]:
    return {name: _write(getattr(thing, name)) for name in _FIELDS[type(thing)]}


def _from_dict(kind: type[T], raw: Mapping[str, Any]) -> T:
    values = {name: raw[name] for name in _FIELDS[kind] if name in raw}
    for name, read in _READERS[kind].items():
        if values.get(name) is not None:
            values[name] = read(values[name])
    return kind(**values)


def contact_to_dict(contact: Contact) -> dict[str, Any]:
    """JSON form of a contact with its segments."""
    raw = _to_dict(contact)
    raw["segments"] = [_to_dict(segment) for segment in contact.segments]
    return raw


def contact_from_dict(raw: Mapping[str, Any]) -> Contact:
    """The inverse; ValueError, KeyError or TypeError for what is no contact."""
    contact = _from_dict(Contact, raw)
    contact.segments = [_from_dict(Segment, segment) for segment in raw.get("segments", ())]
    return contact


def agent_to_dict(agent: Agent) -> dict[str, Any]:
    """JSON form of an agent."""
    return _to_dict(agent)


def agent_from_dict(raw: Mapping[str, Any]) -> Agent:
    """The inverse of :func:`agent_to_dict`."""
    return _from_dict(Agent, raw)


def offer_to_dict(offer: Offer) -> dict[str, Any]:
    """JSON form of an offer."""
    return _to_dict(offer)


def offer_from_dict(raw: Mapping[str, Any]) -> Offer:
    """The inverse of :func:`offer_to_dict`."""
    return _from_dict(Offer, raw)


def to_dict(thing: Contact | Agent | Offer) -> dict[str, Any]:
    """JSON form of any of the three."""
    return contact_to_dict(thing) if isinstance(thing, Contact) else _to_dict(thing)


def dumps(raw: Mapping[str, Any]) -> str:
    """Compact JSON, as it is stored."""
    return _ENCODER.encode(raw)
