"""Takes and leaves the self-test's agent, for the operator's command."""

from __future__ import annotations

from acd.router import Router
from app.http.routes import Call, Needs, Route
from app.selftest.scene import NAME


class SelftestApi:
    """A noun of the HTTP API."""

    def __init__(self, router: Router) -> None:
        self._router = router

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="POST", path="/api/selftest/agent", needs=Needs.SUPERVISOR,
                handler=self._take, summary="Make the self-test's agent ready", tags=("selftest",),
            ),
            Route(
                method="DELETE", path="/api/selftest/agent", needs=Needs.SUPERVISOR,
                handler=self._leave, summary="Log the self-test's agent out", tags=("selftest",),
            ),
        ]  # fmt: skip

    async def _take(self, _call: Call) -> None:
        await self._router.log_in(NAME)
        await self._router.set_ready(NAME)

    async def _leave(self, _call: Call) -> None:
        await self._router.log_out(NAME)
