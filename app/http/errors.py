"""Every failure as the same JSON: ``code, message, hint, retryable, data``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from pydantic import ValidationError

from core import ids
from core.errors import BadInput, ParleyError
from core.log import get_logger

log = get_logger(__name__)


class InvalidFields(BadInput):
    """The request's body or query does not have the fields that the route takes."""

    code: ClassVar[str] = "invalid_fields"


class NotJson(BadInput):
    """The body is not JSON."""

    code: ClassVar[str] = "not_json"


class UnknownEncoding(BadInput):
    """The body is encoded in a way that is not taken."""

    code: ClassVar[str] = "unknown_encoding"
    http_status: ClassVar[int] = 415


class TooSlow(BadInput):
    """The request did not arrive in time."""

    code: ClassVar[str] = "request_timeout"
    http_status: ClassVar[int] = 408


class TooManyAttempts(ParleyError):
    """Too many failed log-ins; ``data.seconds`` says how long to wait."""

    code: ClassVar[str] = "too_many_attempts"
    retryable: ClassVar[bool] = True
    http_status: ClassVar[int] = 429


def invalid(error: ValidationError, where: str) -> InvalidFields:
    """Name each wrong field and what is wrong with it; never what was sent."""
    fields = {
        ".".join(str(part) for part in one["loc"]) or where: one["msg"]
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    }
    listed = "; ".join(f"{name}: {text}" for name, text in fields.items())
    return InvalidFields(f"The {where} is not as it should be.", hint=listed, fields=fields)


def response(error: Exception) -> web.Response:
    """The answer for ``error``; what was not raised on purpose is logged and shows
    nothing of our insides."""
    if isinstance(error, ParleyError):
        headers = {}
        if error.http_status == HTTPStatus.TOO_MANY_REQUESTS:
            headers["Retry-After"] = str(error.data.get("seconds", 5))
        if error.http_status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return _json(error.http_status, error.as_dict(), headers)
    if isinstance(error, web.HTTPException):
        return _of_aiohttp(error)
    reference = ids.new_id("err")
    log.error("http.failed", reference=reference, exc_info=error)
    return _json(
        500,
        {
            "code": "internal",
            "message": "Something went wrong inside Parley.",
            "hint": "The log has the details under the reference.",
            "retryable": False,
            "data": {"reference": reference},
        },
    )


def unreadable(error: BaseException | None) -> web.Response:
    """The answer to bytes that are no request (RFC 9112, 2.2 and 3; RFC 6585, 5)."""
    if isinstance(error, LineTooLong):
        status, code, message = 431, "request_header_fields_too_large", "The head is too long."
    else:
        status, code, message = 400, "bad_request", "This is no HTTP request."
    return _json(
        status,
        {
            "code": code, "message": message, "hint": "RFC 9112 says how one looks.",
            "retryable": False, "data": {},
        },
    )  # fmt: skip


_HINTS: Mapping[int, str] = {
    404: "GET /api/openapi.json lists every path.",
    405: "GET /api/openapi.json lists the methods of each path.",
    413: "Send less.",
}


# Python 3.13 renamed some statuses; a code never changes.
_CODES = {413: "request_entity_too_large", 414: "request_uri_too_long", 422: "unprocessable_entity"}


def _of_aiohttp(error: web.HTTPException) -> web.Response:
    status = HTTPStatus(error.status)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    body = {
        "code": _CODES.get(error.status, status.name.lower()),
        "message": f"{status.phrase}.",
        "hint": _HINTS.get(error.status, ""),
        "retryable": False,
        "data": {},
    }
    return _json(error.status, body, headers)


def _json(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.json_response(dict(body), status=status, headers=headers)
