"""Addresses that are blocked for guessing SIP passwords: ``/api/blocked-addresses``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from app.http.routes import Body, Call, Needs, Route
from core.errors import BadInput
from sip.guard.addresses import canonical
from sip.guard.guard import Guard


class Lift(Body):
    """``address`` as it is listed, or any address of a listed IPv6 network."""

    address: Annotated[str, Field(min_length=2, max_length=64)]


class BlockView(TypedDict):
    """Times in epoch seconds. ``accounts``: what was tried most; ``times``: how often the
    address was blocked in a row."""

    address: str
    since: float
    until: float
    failures: int
    times: int
    accounts: list[str]


class BlockedApi:
    """The routes of blocked addresses, of this node."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @property
    def routes(self) -> list[Route]:
        path = "/api/blocked-addresses"
        return [
            Route(
                method="GET", path=path, needs=Needs.SUPERVISOR, handler=self._list,
                summary="Addresses blocked for guessing SIP passwords",
                returns=list[BlockView], tags=("security",),
            ),
            Route(
                method="POST", path=f"{path}/lift", needs=Needs.SUPERVISOR, handler=self._lift,
                summary="Let an address in again", body=Lift, returns=list[BlockView],
                action="address.unblock", tags=("security",),
            ),
        ]  # fmt: skip

    async def _list(self, _call: Call) -> list[BlockView]:
        return [
            {
                "address": block.address,
                "since": block.since,
                "until": block.until,
                "failures": block.failures,
                "times": block.times,
                "accounts": list(block.accounts),
            }
            for block in self._guard.blocks
        ]

    async def _lift(self, call: Call) -> list[BlockView]:
        address = canonical(call.body_as(Lift).address)
        if address is None:
            raise BadInput("This is not an IP address.", hint="'parley blocked' lists them.")
        await self._guard.lift(address)
        return await self._list(call)
