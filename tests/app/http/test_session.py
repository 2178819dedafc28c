"""Signing in: tokens, cookies, and what keeps others out."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from app.http import sessions as sessions_module
from app.http.access import COOKIE
from app.http.sessions import Sessions
from app.http.throttle import MOST_OF_PAIR
from config.logins import Logins
from config.secrets import Secrets, login_secret
from core.clock import ManualClock
from core.redis import Keys
from tests.support.wait import eventually
from tests.support.web import WebHouse


async def test_a_token_opens_and_closes(web_house: WebHouse) -> None:
    client = await web_house.signed_in("wang.fang")
    async with client.get("/api/session") as response:
        assert (await response.json())["id"] == "wang.fang"
    async with client.delete("/api/session") as response:
        assert response.status == 204
    async with client.get("/api/agents") as response:
        assert response.status == 401
        assert (await response.json())["code"] == "not_authenticated"


async def test_nobody_is_null(web_house: WebHouse) -> None:
    async with web_house.client().get("/api/session") as response:
        assert response.status == 200
        assert await response.json() is None


@pytest.mark.parametrize("agent_id", ["wang.fang", "nobody.here", "operator", "王芳"])
async def test_unknown_people_and_wrong_passwords_get_the_same_answer(
    web_house: WebHouse, agent_id: str
) -> None:
    body = {"agent_id": agent_id, "password": "wrong \ud83d\ude00 密码"}
    async with web_house.client().post("/api/session", json=body) as response:
        assert response.status == 401
        assert (await response.json())["message"] == "The log-in or the password is wrong."


async def test_after_some_failures_even_the_right_password_waits(web_house: WebHouse) -> None:
    client = web_house.client()
    wrong = {"agent_id": "wang.fang", "password": "wrong"}
    for _ in range(MOST_OF_PAIR):
        async with client.post("/api/session", json=wrong) as response:
            assert response.status == 401
    right = {"agent_id": "wang.fang", "password": web_house.password("wang.fang")}
    async with client.post("/api/session", json=right) as response:
        assert response.status == 429
        body = await response.json()
        assert body["code"] == "too_many_attempts"
        assert body["retryable"] is True
        assert 0 < int(response.headers["Retry-After"]) <= 60
    await web_house.signed_in("li.wei")  # others are not kept out


async def test_no_token_and_no_password_is_kept_in_redis(web_house: WebHouse) -> None:
    body = {"agent_id": "wang.fang", "password": web_house.password("wang.fang")}
    async with web_house.client().post("/api/session", json=body) as response:
        token = (await response.json())["token"]
    secret = token.partition(".")[2]
    stored = []
    async for key in web_house.redis.scan_iter("test:session:*"):
        stored.append(key)
        stored.append(await web_house.redis.get(key))
        assert 0 < await web_house.redis.ttl(key) <= 12 * 3600
    assert stored
    assert not any(secret in text or body["password"] in text for text in stored)


@pytest.mark.parametrize(
    "token", ["", "x", ".", "a.b", "operator", "." * 150, "x" * 5000, "%00", "a.b.c"]
)
async def test_wrong_tokens_are_refused(web_house: WebHouse, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with web_house.client().get("/api/agents", headers=headers) as response:
        assert response.status == 401


async def test_half_a_token_is_none(web_house: WebHouse) -> None:
    body = {"agent_id": "wang.fang", "password": web_house.password("wang.fang")}
    async with web_house.client().post("/api/session", json=body) as response:
        token = (await response.json())["token"]
    half = f"{token.partition('.')[0]}.{'A' * 43}"
    async with web_house.client(half).get("/api/agents") as response:
        assert response.status == 401


async def test_sessions_grow_old(redis: Redis) -> None:
    clock = ManualClock()
    sessions = Sessions(redis, Keys("test"), clock, lifetime=timedelta(hours=1))
    token, session = await sessions.open("wang.fang")
    clock.advance(3599)
    assert await sessions.find(token) == session
    clock.advance(1)
    assert await sessions.find(token) is None
    assert not await sessions.still_open(session.id)


async def test_a_new_password_ends_the_sessions_of_before(web_house: WebHouse) -> None:
    client = await web_house.signed_in("wang.fang")
    other = await web_house.signed_in("li.wei")
    logins = Logins(Secrets(web_house.state_dir, environ={}))  # as the command line does
    logins.set("wang.fang", "another one of hers")

    async def over() -> bool:
        async with client.get("/api/agents") as response:
            return response.status == 401

    await eventually(over, "the session of before is over")
    async with other.get("/api/agents") as response:
        assert response.status == 200
    body = {"agent_id": "wang.fang", "password": "another one of hers"}
    async with web_house.client().post("/api/session", json=body) as response:
        token = (await response.json())["token"]
    async with web_house.client(token).get("/api/agents") as response:
        assert response.status == 200


async def test_passwords_of_an_older_version_work_and_become_hashes(web_house: WebHouse) -> None:
    """While it runs, as for many people the first start after an update would take long."""
    secrets = Secrets(web_house.state_dir, environ={})
    words = {
        who: secrets.get_or_create(login_secret(who)).reveal() for who in ("li.wei", "sun.yue")
    }
    body = {"agent_id": "li.wei", "password": words["li.wei"]}
    async with web_house.client().post("/api/session", json=body) as response:
        assert response.status == 200

    async def hashed() -> bool:
        text = (web_house.state_dir / "secrets.json").read_text()
        return not any(word in text for word in words.values())

    await eventually(hashed, "no password is kept as text")


async def test_sessions_of_a_person_are_counted(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions_module, "MOST_OF_PERSON", 3)
    clock, ended = ManualClock(), list[str]()
    sessions = Sessions(redis, Keys("test"), clock)
    sessions.on_close(ended.append)
    opened = []
    for _ in range(4):
        opened.append(await sessions.open("wang.fang"))
        clock.advance(1)
    other, _ = await sessions.open("li.wei")
    found = [await sessions.find(token) for token, _ in opened]
    assert [one is not None for one in found] == [False, True, True, True]
    assert ended == [opened[0][1].id]
    assert await sessions.find(other) is not None


async def cookie_client(house: WebHouse) -> aiohttp.ClientSession:
    """Signed in like a page: the cookie is in the jar."""
    client = aiohttp.ClientSession(
        house.url, cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(10)
    )
    house.clients.append(client)
    body = {"agent_id": "wang.fang", "password": house.password("wang.fang"), "cookie": True}
    async with client.post("/api/session", json=body) as response:
        assert response.status == 200
        assert (await response.json())["token"] is None
        cookie = response.cookies[COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert cookie["path"] == "/"
    return client


async def test_a_cookie_reads_but_changes_only_from_a_page_of_ours(web_house: WebHouse) -> None:
    client = await cookie_client(web_house)
    async with client.get("/api/agents/me") as response:
        assert response.status == 200
    path = "/api/agents/me/log-in"
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        async with client.post(path, json={}, headers=headers) as response:
            assert response.status == 403
            assert (await response.json())["code"] == "cross_site"
    async with client.post(path, json={}, headers={"Origin": web_house.url}) as response:
        assert response.status == 200


async def test_a_strangers_page_cannot_watch(web_house: WebHouse) -> None:
    client = await cookie_client(web_house)
    for headers in ({}, {"Origin": "https://evil.example"}):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect("/api/live", headers=headers)
        assert refused.value.status == 403
    socket = await client.ws_connect("/api/live", headers={"Origin": web_house.url})
    assert (await socket.receive_json())["type"] == "state"
    await socket.close()


async def test_an_old_cookie_is_like_none(web_house: WebHouse) -> None:
    client = await cookie_client(web_house)
    await web_house.redis.delete(*[k async for k in web_house.redis.scan_iter("test:session:*")])
    async with client.get("/api/session") as response:
        assert await response.json() is None
    async with client.get("/api/agents") as response:
        assert response.status == 401


async def test_the_access_log_names_nobody(web_house: WebHouse) -> None:
    with capture_logs() as lines:
        client = await web_house.signed_in("wang.fang")
        contact_id = await web_house.customer("cards")
        async with client.get(f"/api/contacts/{contact_id}?number=%2B8613800138000") as response:
            assert response.status == 403
        async with client.get("/no/such/13800138000") as response:
            assert response.status == 404
        async with client.get("/api/agents") as response:
            assert response.status == 200
    requests = [line for line in lines if line["event"] == "http.request"]
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [
        ("POST", "/api/session", 200),
        ("GET", "/api/contacts/{contact_id}", 403),
        ("GET", "(none)", 404),
        ("GET", "/api/agents", 200),
    ]
    text = str(lines)
    assert "13800138000" not in text
    assert "127.0.0.1" not in text
    assert web_house.password("wang.fang") not in text
    assert str(client.headers["Authorization"]).removeprefix("Bearer ") not in text
