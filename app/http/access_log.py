"""One log line a request: method, declared path, status, time. Neither addresses
nor ids nor what stood behind the '?'."""

from __future__ import annotations

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from core.log import get_logger

log = get_logger(__name__)

_QUIET = frozenset({"/health", "/health/live", "/metrics", "/live/{file}", "/"})


class AccessLogger(AbstractAccessLogger):
    """For ``web.AppRunner(access_log_class=...)``."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        match = getattr(request, "match_info", None)
        resource = match.route.resource if match is not None else None
        path = resource.canonical if resource is not None else "(none)"
        write = log.debug if path in _QUIET and response.status < 400 else log.info
        write(
            "http.request",
            method=request.method,
            path=path,
            status=response.status,
            milliseconds=round(time * 1000, 1),
        )
