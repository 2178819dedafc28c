"""How a path is declared, and what its handler is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from app.http.identity import Identity
from core.errors import NotAuthenticated

M = TypeVar("M", bound=BaseModel)


class Needs(StrEnum):
    """Who may use a path. There is no default: each route says it."""

    NOBODY = "nobody"  # open to whoever reaches the port
    LOCAL = "local"  # programs of this machine, or a supervisor from elsewhere
    SIGNED_IN = "signed_in"
    SUPERVISOR = "supervisor"
    OWN_AGENT = "own_agent"  # {agent_id} is the asker ('me'), or the asker a supervisor
    OWN_CONTACT = "own_contact"  # the asker serves {contact_id}, or is a supervisor
    SHARED_CONTACT = "shared_contact"  # ...or rings for it, or wraps it up
    STORED_CONTACT = "stored_contact"  # the asker once served {contact_id}, or a supervisor
    KNOWN_CONTACT = "known_contact"  # as shared_contact, or once it is over stored_contact
    OWN_OFFER = "own_offer"  # {offer_id} was made to the asker, or the asker a supervisor


class Body(BaseModel):
    """Base of what requests carry: exact types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """Base of what stands behind the '?': text, so types are converted."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(slots=True)
class Call:
    """One request that was found allowed and well-formed. ``audit_id`` is the entry of
    the audit in which a change is noted; ``address`` whence the asker asks
    (``app.http.client_address``)."""

    request: web.Request
    who: Identity | None
    body: BaseModel | None = None
    query: BaseModel | None = None
    audit_id: str | None = None
    address: str = ""

    @property
    def me(self) -> Identity:
        """The asker; raises NotAuthenticated on an open route without one."""
        if self.who is None:
            raise NotAuthenticated("Nobody is signed in.", hint="Sign in first.")
        return self.who

    def part(self, name: str) -> str:
        """A variable part of the path."""
        return self.request.match_info[name]

    def body_as(self, model: type[M]) -> M:
        """The body, which the route declares to be a ``model``."""
        assert isinstance(self.body, model)
        return self.body

    def query_as(self, model: type[M]) -> M:
        """The query, which the route declares to be a ``model``."""
        assert isinstance(self.query, model)
        return self.query


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path: ``handler`` returns what becomes JSON (None: 204), or a response.

    ``returns`` is the type of the JSON, for the document of the API. ``streams`` lifts
    the time limit, for sockets and files. ``action`` names it in the audit if it changes
    something; the path does otherwise.
    """

    method: str
    path: str
    needs: Needs
    handler: Handler
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    returns: Any = None
    streams: bool = False
    action: str = ""
    tags: tuple[str, ...] = field(default=())
