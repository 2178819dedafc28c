"""Contacts, agents and offers as JSON, the form in which they live in Redis.

Enums are written by value and times as RFC 3339, UTC. A reader ignores keys it does
not know and takes the default for keys that are missing, so that an app can be
updated while contacts are in progress. ``version`` comes first, where the commit
script looks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from acd.model import Agent, Contact, Offer

Thing = Contact | Agent | Offer
T = TypeVar("T", Contact, Agent, Offer)

_encoder = msgspec.json.Encoder()
_contact = msgspec.json.Decoder(Contact)
_agent = msgspec.json.Decoder(Agent)
_offer = msgspec.json.Decoder(Offer)


def encode(value: Any) -> bytes:
    """JSON of a contact, agent, offer or of plain values. Half a surrogate pair, from a
    peer that sends no UTF-8, has no bytes and becomes U+FFFD; a number that is none
    becomes null."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_scrubbed(msgspec.to_builtins(value)))


def contact(text: str | bytes) -> Contact:
    """The inverse of :func:`encode`; ValueError for what is no contact."""
    return _contact.decode(text)


def agent(text: str | bytes) -> Agent:
    """The inverse of :func:`encode`; ValueError for what is no agent."""
    return _agent.decode(text)


def offer(text: str | bytes) -> Offer:
    """The inverse of :func:`encode`; ValueError for what is no offer."""
    return _offer.decode(text)


def to_dict(thing: Thing) -> dict[str, Any]:
    """Plain values of any of the three, as JSON carries them."""
    return dict(msgspec.to_builtins(thing))


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_scrubbed(key): _scrubbed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_scrubbed(one) for one in value]
    return value
