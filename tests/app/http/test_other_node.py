"""Requests about contacts of another node, through real web servers of two nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from acd.contact_states import ContactState
from app.http.elsewhere import PASSED_ON
from tests.support.wait import eventually
from tests.support.web import WebHouse, web_house_on


@pytest_asyncio.fixture
async def nodes(redis: Redis, tmp_path: Path) -> AsyncIterator[tuple[WebHouse, WebHouse]]:
    """Two that know of each other, but not yet where."""
    async with (
        web_house_on(redis, tmp_path / "a", overrides={"server.node": "north"}) as north,
        web_house_on(redis, tmp_path / "b", overrides={"server.node": "south"}) as south,
    ):
        await _both_know(north, south, lambda house: len(house.router.leadership.nodes) == 2)
        yield north, south


async def _both_know(north: WebHouse, south: WebHouse, what: Any) -> None:
    async def so() -> bool:
        for house in (north, south):
            house.router.leadership.soon()
        return bool(what(north) and what(south))

    await eventually(so, "both nodes know")


async def _reachable(north: WebHouse, south: WebHouse) -> None:
    """Each says where it is, as the configuration would."""
    for house in (north, south):
        house.router.leadership.address = house.url
    await _both_know(north, south, lambda house: len(house.router.leadership.addresses) == 2)


async def _talking(north: WebHouse, south: WebHouse) -> tuple[str, aiohttp.ClientSession]:
    """A contact of south that wang.fang serves, and their session at north."""
    contact_id = await south.connect("cards", "wang.fang")
    token = (await south.signed_in("wang.fang")).headers["Authorization"]
    return contact_id, north.client(token.removeprefix("Bearer "))


async def _refused(client: aiohttp.ClientSession, path: str, **more: Any) -> dict[str, Any]:
    async with client.post(path, **more) as response:
        assert response.status == 409, await response.text()
        found: dict[str, Any] = await response.json()
        return found


async def test_it_is_done_at_the_node_of_the_contact(nodes: tuple[WebHouse, WebHouse]) -> None:
    north, south = nodes
    await _reachable(north, south)
    contact_id, client = await _talking(north, south)
    one = f"/api/contacts/{contact_id}"
    async with client.post(f"{one}/hold") as response:
        assert response.status == 204, await response.text()
    assert (await south.contact_is(contact_id, ContactState.HELD)).node == "south"
    assert (south.medium.count("hold"), north.medium.count("hold")) == (1, 0)
    async with client.post(f"{one}/hold") as response:  # what is refused there is told here
        assert (response.status, (await response.json())["code"]) == (409, "illegal_transition")
    body = {"number": "0123456"}
    async with client.post(f"{one}/consult", json=body) as response:
        assert response.status == 204, await response.text()
    assert [one[:2] for one in south.desk.asked] == [("consult", contact_id)]
    assert north.desk.asked == []
    async with client.post(f"{one}/transfer", json={"queue": "loans"}) as response:
        assert response.status == 204, await response.text()
    assert (await south.contact_is(contact_id, ContactState.QUEUED)).queue == "loans"
    await south.medium.customer_hangs_up(contact_id)


async def test_who_may_not_is_refused_there_too(nodes: tuple[WebHouse, WebHouse]) -> None:
    north, south = nodes
    await _reachable(north, south)
    contact_id, _ = await _talking(north, south)
    other = await south.signed_in("li.wei")
    client = north.client(other.headers["Authorization"].removeprefix("Bearer "))
    async with client.post(f"/api/contacts/{contact_id}/hold") as response:
        assert (response.status, (await response.json())["code"]) == (403, "not_your_contact")
    assert south.medium.count("hold") == 0
    await south.medium.customer_hangs_up(contact_id)


@pytest.mark.parametrize("why", ["no_address", "passed_on_already", "operator"])
async def test_it_is_said_which_node_it_is(nodes: tuple[WebHouse, WebHouse], why: str) -> None:
    """...where the request cannot be passed on; and no request goes round in a circle."""
    north, south = nodes
    if why != "no_address":
        await _reachable(north, south)
    contact_id, client = await _talking(north, south)
    headers = {PASSED_ON: "elsewhere"} if why == "passed_on_already" else {}
    if why == "operator":
        client = north.client(north.web.server._operator.token)
    answer = await _refused(client, f"/api/contacts/{contact_id}/hold", headers=headers)
    assert answer["code"] == "other_node"
    address = None if why == "no_address" else south.url
    assert answer["data"] == {"node": "south", "address": address}
    assert (address or "there") in answer["hint"]
    assert (await south.contact_is(contact_id, ContactState.CONNECTED)).node == "south"
    await south.medium.customer_hangs_up(contact_id)


async def test_a_node_that_does_not_answer(nodes: tuple[WebHouse, WebHouse]) -> None:
    north, south = nodes
    await _reachable(north, south)
    contact_id, client = await _talking(north, south)
    await south.web.server.close()
    async with client.post(f"/api/contacts/{contact_id}/hold") as response:
        assert (response.status, (await response.json())["code"]) == (503, "unavailable")
    await south.medium.customer_hangs_up(contact_id)
