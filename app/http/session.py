"""Signing in and out: ``/api/session``."""

from __future__ import annotations

import secrets
from typing import Any, Final

from aiohttp import web
from pydantic import Field
from typing_extensions import TypedDict

from app.http.access import COOKIE
from app.http.client_address import place_of
from app.http.identity import OPERATOR, Identity
from app.http.passwords import Passwords
from app.http.routes import Body, Call, Needs, Route
from app.http.sessions import LIFETIME, Sessions
from app.http.throttle import KNOWN_SECONDS, Throttle
from config.model import Settings
from core.clock import to_epoch
from core.log import get_logger

log = get_logger(__name__)

DEVICE: Final = "parley_device"  # the cookie by which a browser is known again
_LONGEST_DEVICE: Final = 64


class SignIn(Body):
    """``cookie``: for a page, which then never sees the token."""

    agent_id: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=512)
    cookie: bool = False


class Me(TypedDict):
    """Who is signed in; ``name`` per language."""

    id: str
    name: dict[str, str]
    roles: list[str]
    languages: list[str]
    extension: str | None


class SignedIn(TypedDict):
    """``token`` is null when it was set as a cookie; ``expires_at`` in epoch seconds."""

    token: str | None
    expires_at: float
    me: Me


class SessionApi:
    """Routes of a person's own session."""

    def __init__(
        self, sessions: Sessions, passwords: Passwords, throttle: Throttle, settings: Settings
    ) -> None:
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = throttle
        self._settings = settings

    @property
    def routes(self) -> list[Route]:
        path = "/api/session"
        return [
            Route(
                method="POST", path=path, needs=Needs.NOBODY, handler=self._open,
                summary="Sign in", body=SignIn, returns=SignedIn, action="session.sign_in",
            ),
            Route(
                method="GET", path=path, needs=Needs.NOBODY, handler=self._show,
                summary="Who is signed in; null for nobody", returns=Me | None,
            ),
            Route(
                method="DELETE", path=path, needs=Needs.SIGNED_IN, handler=self._close,
                summary="Sign out", action="session.sign_out",
            ),
        ]  # fmt: skip

    async def _open(self, call: Call) -> web.Response:
        want = call.body_as(SignIn)
        device = _device(call.request)
        one = await self._passwords.check(
            want.agent_id, want.password, place_of(call.address), device
        )
        if want.cookie and not device:
            device = secrets.token_urlsafe(24)
        await self._throttle.succeeded(one, device=device)
        token, session = await self._sessions.open(want.agent_id)
        log.info("http.signed_in", agent=want.agent_id)
        answer: SignedIn = {
            "token": None if want.cookie else token,
            "expires_at": to_epoch(session.expires_at),
            "me": self._me(want.agent_id),
        }
        response = web.json_response(answer)
        if want.cookie:
            response.set_cookie(
                COOKIE, token, max_age=int(LIFETIME.total_seconds()), path="/",
                httponly=True, samesite="Strict", secure=_encrypted(call.request),
            )  # fmt: skip
            response.set_cookie(
                DEVICE, device, max_age=KNOWN_SECONDS, path="/api/session",
                httponly=True, samesite="Strict", secure=_encrypted(call.request),
            )  # fmt: skip
        return response

    async def _show(self, call: Call) -> web.Response:
        return web.json_response(None if call.who is None else self.me(call.who))

    async def _close(self, call: Call) -> web.Response:
        if call.me.session != OPERATOR:
            await self._sessions.close(call.me.session)
        log.info("http.signed_out", agent=call.me.id)
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
        return response

    def me(self, who: Identity) -> Me:
        """The asker as the page shows them."""
        if who.id == OPERATOR:
            return {
                "id": OPERATOR, "name": {"": "Operator"}, "roles": ["supervisor"],
                "languages": [], "extension": None,
            }  # fmt: skip
        return self._me(who.id)

    def _me(self, agent_id: str) -> Me:
        person: Any = self._settings.agent(agent_id)
        return {
            "id": person.id,
            "name": dict(person.name.root),
            "roles": [role.value for role in person.roles],
            "languages": list(person.languages),
            "extension": person.extension,
        }


def _device(request: web.Request) -> str:
    """What this browser is known by; '' if by nothing."""
    cookie = request.cookies.get(DEVICE, "")
    return cookie if cookie.isascii() and len(cookie) <= _LONGEST_DEVICE else ""


def _encrypted(request: web.Request) -> bool:
    """Whether the browser speaks TLS, with us or with a proxy before us."""
    return request.secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"
