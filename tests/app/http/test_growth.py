"""Nothing that people can add to grows without end."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from acd.contact_states import ContactState
from acd.records import dispositions
from app.http.pace import Pace
from core.errors import Full
from tests.support.web import WebHouse, web_house_on


async def test_forty_requests_do_not_make_two_megabytes(web_house: WebHouse) -> None:
    contact_id = await web_house.connect("cards", "wang.fang")
    client = await web_house.signed_in("wang.fang")
    path, refused = f"/api/contacts/{contact_id}/attributes", 0
    for number in range(40):
        values = {f"a{number}": "x" * 50_000}
        async with client.post(path, json={"values": values}) as response:
            if response.status == 204:
                continue
            assert response.status == 409
            answer = await response.json()
            assert answer["code"] == "attributes_full"
            assert answer["data"]["most"] == 65_536
            refused += 1
    assert refused == 39
    async with client.post(path, json={"values": {"a0": "less"}}) as response:
        assert response.status == 204
    async with client.post(path, json={"values": {"a": [[1e308], {"b": 1}]}}) as response:
        assert response.status == 204
    stored = await web_house.redis.get(f"test:contact:{contact_id}")
    assert stored is not None
    assert len(stored) < 10_000


async def test_names_are_counted(web_house: WebHouse) -> None:
    contact_id = await web_house.connect("cards", "wang.fang")
    client = await web_house.signed_in("wang.fang")
    path = f"/api/contacts/{contact_id}/attributes"
    answers = []
    for number in range(5):
        values = {f"n{number}_{i}": i for i in range(50)}
        async with client.post(path, json={"values": values}) as response:
            answers.append(response.status)
    assert answers == [204] * 4 + [409]


@pytest.mark.parametrize("text", ['{"a": {"b": [1e999]}}', '{"a": [[-1e999]]}'])
async def test_numbers_within_are_finite_too(web_house: WebHouse, text: str) -> None:
    contact_id = await web_house.connect("cards", "wang.fang")
    client = await web_house.signed_in("wang.fang")
    async with client.post(
        f"/api/contacts/{contact_id}/attributes", data=f'{{"values": {text}}}',
        headers={"Content-Type": "application/json"},
    ) as response:  # fmt: skip
        assert response.status == 400


async def test_late_dispositions_are_counted(
    web_house: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispositions, "MOST", 2)
    contact_id = await web_house.connect("cards", "wang.fang")
    client = await web_house.signed_in("wang.fang")
    await web_house.medium.customer_hangs_up(contact_id)
    await web_house.contact_is(contact_id, ContactState.WRAP_UP)
    async with client.post("/api/agents/me/wrap-up/done", json={}) as response:
        assert response.status == 200
    assert await web_house.writer.drain(10)
    answers = []
    for _ in range(3):
        async with client.post(
            f"/api/history/{contact_id}/disposition", json={"code": "resolved", "note": "x"}
        ) as response:
            answers.append((response.status, (await response.json())["code"]) if response.status
                           >= 400 else response.status)  # fmt: skip
    assert answers == [204, 204, (409, "dispositions_full")]


async def test_requests_have_a_pace_for_each(redis: Redis, tmp_path: Path) -> None:
    slow = {"server.web.requests_per_second": "1"}
    async with web_house_on(redis, tmp_path, overrides=slow) as house:
        agent = await house.signed_in("wang.fang")
        other = await house.signed_in("li.wei")

        async def answers(client: aiohttp.ClientSession, count: int) -> list[int]:
            found = []
            for _ in range(count):
                async with client.get("/api/session") as response:
                    found.append(response.status)
                    if response.status == 429:
                        assert (await response.json())["code"] == "full"
                        assert int(response.headers["Retry-After"]) >= 1
            return found

        assert 429 in await answers(agent, 40)
        assert 429 in await answers(house.client(), 40)
        assert 429 in await answers(house.client("nonsense"), 5), "counted by address"
        assert await answers(other, 5) == [200] * 5, "others are not kept waiting"


def test_one_person_changes_so_much_a_second() -> None:
    now = 0.0
    pace = Pace(5, lambda: now)
    for _ in range(50):
        pace.take("sue")
    with pytest.raises(Full):
        pace.take("sue")
    pace.take("bob")  # is not kept waiting
    now = 1.0
    for _ in range(5):
        pace.take("sue")
    with pytest.raises(Full):
        pace.take("sue")
