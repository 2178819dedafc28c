"""Headers on every answer that tell browsers to be strict (OWASP secure headers)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

_CONTENT: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
ALWAYS: Final = {
    "Content-Security-Policy": _CONTENT,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "parley",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For ``application.on_response_prepare``."""
    put_headers(response, secure=request.secure)


def put_headers(response: web.StreamResponse, *, secure: bool) -> None:
    """Put them on ``response``, which is not sent yet."""
    for name, value in ALWAYS.items():
        response.headers[name] = value
    if secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    # What is alive is never kept by anybody; files say for themselves.
    response.headers.setdefault("Cache-Control", "no-store")
