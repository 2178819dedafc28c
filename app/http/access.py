"""Finding out who asks, and whether they may.

A cookie travels with every request to us, also with those that a stranger's page
causes. So with a cookie, whatever changes something and every WebSocket must come
from a page of ours (``Origin``, RFC 6454). A bearer token is only sent on purpose.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import ClassVar
from urllib.parse import urlsplit

from aiohttp import web

from acd.contact_states import ContactState
from acd.contacts import Contacts
from acd.errors import ContactNotFound
from acd.model import Contact
from acd.records.dispositions import LateDispositions
from acd.router import Router
from app.http.identity import OPERATOR, Identity, Proof
from app.http.routes import Needs, Route
from app.http.sessions import LONGEST, Sessions, hash_of
from config.agents import Role
from config.model import Settings
from core.errors import NotAllowed, NotAuthenticated

COOKIE = "parley_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SERVED = frozenset(
    {ContactState.CONNECTED, ContactState.HELD, ContactState.PARKED, ContactState.WRAP_UP}
)


class CrossSite(NotAllowed):
    """The request was caused by a page that is not ours."""

    code: ClassVar[str] = "cross_site"


class NotYourContact(NotAllowed):
    """The contact is served by somebody else."""

    code: ClassVar[str] = "not_your_contact"


class NotYourOffer(NotAllowed):
    """The offer was made to somebody else (or is long over)."""

    code: ClassVar[str] = "not_your_offer"


class Access:
    """Recognises askers and checks what routes declare."""

    def __init__(
        self, sessions: Sessions, settings: Settings, router: Router, late: LateDispositions, *,
        operator_token: str,
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._settings = settings
        self._contacts: Contacts = router.contacts
        self._router = router
        self._late = late
        self._operator = hash_of(operator_token)

    async def identify(self, request: web.Request) -> Identity | None:
        """Who asks; None for nobody. A token that is sent but wrong is refused with
        :class:`~core.errors.NotAuthenticated` even on open routes."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer":
                raise NotAuthenticated(
                    "Only bearer tokens are known.", hint="Authorization: Bearer <token>."
                )
            return await self._of_token(token.strip(), Proof.BEARER)
        if cookie := request.cookies.get(COOKIE):
            try:
                return await self._of_token(cookie, Proof.COOKIE)
            except NotAuthenticated:
                return None  # it grew old in somebody's browser: like none
        return None

    async def _of_token(self, token: str, proof: Proof) -> Identity:
        if not token.isascii() or len(token) > LONGEST:
            raise NotAuthenticated("The token is no token of ours.", hint="Sign in again.")
        if hmac.compare_digest(hash_of(token), self._operator) and proof is Proof.BEARER:
            return Identity(OPERATOR, frozenset({Role.SUPERVISOR}), OPERATOR, proof)
        session = await self._sessions.find(token)
        # Roles come from the configuration at each request, so that taking one away works.
        person = self._settings.agents.get(session.agent_id) if session else None
        if session is None or person is None:
            raise NotAuthenticated("The token is not valid (any more).", hint="Sign in again.")
        return Identity(person.id, frozenset(person.roles), session.id, proof)

    async def require(self, route: Route, request: web.Request, who: Identity | None) -> None:
        """Raise NotAuthenticated or NotAllowed unless ``who`` may use ``route`` now."""
        if who is not None and who.proof is Proof.COOKIE:
            _require_own_page(request)
        if route.needs is Needs.NOBODY or (route.needs is Needs.LOCAL and is_local(request)):
            return
        if who is None:
            raise NotAuthenticated(
                "This needs somebody who is signed in.",
                hint="POST /api/session, then send the token as 'Authorization: Bearer'.",
            )
        if route.needs is Needs.SIGNED_IN or who.is_supervisor:
            return
        if route.needs is Needs.OWN_AGENT and who.is_agent:
            if request.match_info["agent_id"] in ("me", who.id):
                return
        elif route.needs in (Needs.OWN_CONTACT, Needs.SHARED_CONTACT) and who.is_agent:
            await self._require_contact(route.needs, request.match_info["contact_id"], who)
            return
        elif route.needs is Needs.STORED_CONTACT and who.is_agent:
            await self._require_served(request.match_info["contact_id"], who)
            return
        elif route.needs is Needs.KNOWN_CONTACT and who.is_agent:
            await self._require_known(request.match_info["contact_id"], who)
            return
        elif route.needs is Needs.OWN_OFFER and who.is_agent:
            await self._require_offer(request.match_info["offer_id"], who)
            return
        raise NotAllowed("Your role does not allow this.", hint="It needs a supervisor.")

    async def _require_contact(self, needs: Needs, contact_id: str, who: Identity) -> None:
        contact = await self._contacts.get(contact_id)
        if contact.agent_id == who.id and (
            needs is Needs.SHARED_CONTACT or contact.state in _SERVED
        ):
            return
        if needs is Needs.SHARED_CONTACT and await self._takes_part(contact, who.id):
            return
        raise _not_yours()

    async def _require_served(self, contact_id: str, who: Identity) -> None:
        if not await self._late.served(contact_id, who.id):
            raise _not_yours()

    async def _require_known(self, contact_id: str, who: Identity) -> None:
        try:
            await self._require_contact(Needs.SHARED_CONTACT, contact_id, who)
        except ContactNotFound:
            await self._require_served(contact_id, who)

    async def _require_offer(self, offer_id: str, who: Identity) -> None:
        offer = (await self._router.store.scene("offer", offer_id)).offer
        if offer is None or offer.agent_id != who.id:
            raise NotYourOffer(
                "No such offer was made to you.", hint="GET /api/offers lists those that stand."
            )

    async def _takes_part(self, contact: Contact, agent_id: str) -> bool:
        if contact.consult_agent_id == agent_id:
            return True
        agent = await self._router.agents.get(agent_id)  # wrapping up while others serve
        return agent.has(contact.id)


def _not_yours() -> NotYourContact:
    return NotYourContact(
        "You do not serve this contact.", hint="Only who serves it, or a supervisor, may."
    )


def _require_own_page(request: web.Request) -> None:
    upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
    if request.method in _SAFE and not upgrade:
        return
    origin = request.headers.get("Origin", "")
    if not origin or _host_of(origin) != request.host:
        raise CrossSite(
            "This request did not come from a page of ours.",
            hint="Behind a proxy, let it pass the Host header on unchanged.",
        )


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def is_local(request: web.Request) -> bool:
    """Whether a program of this machine asks, and not a proxy for somebody else."""
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP")):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
