"""The live page: ``/`` and ``/live/<file>``, from ``agent_softphone/live``.

The files are listed once at start; a request can only name one of them, so no
path of a request ever reaches the file system.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import web

from app.http.routes import Call, Needs, Route

FOLDER: Final = Path(__file__).resolve().parents[2] / "agent_softphone" / "live"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


class StaticFiles:
    """Routes of the page's files."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith((".", "_"))
        }

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path=path, needs=Needs.NOBODY, handler=self._file,
                summary="The live page", streams=True, tags=("page",),
            )
            for path in ("/", "/live/{file:.+}")
        ]  # fmt: skip

    async def _file(self, call: Call) -> web.StreamResponse:
        name = call.request.match_info.get("file", "index.html")
        path = self._files.get(name)
        if path is None:
            raise web.HTTPNotFound
        kind = _TYPES.get(path.suffix, "text/plain; charset=utf-8")
        # Unchanged files answer 304 by their ETag.
        headers = {"Content-Type": kind, "Cache-Control": "no-cache"}
        return web.FileResponse(path, headers=headers)
