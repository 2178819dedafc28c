"""An agent and a supervisor who work through the HTTP API alone, on real calls."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from tests.support.carrier import Carrier
from tests.support.installation import Centre, Installation
from tests.support.logins import passwords_of
from tests.support.talk import AGENT_HZ, CALLER_HZ, talking
from tests.support.wait import until


@dataclass
class Person:
    """Somebody who signed in."""

    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """The JSON answer; raises ClientResponseError for a refusal."""
        async with self.http.request(method, path, json=body or None) as answer:
            assert answer.status < 400, await answer.text()
            return await answer.json() if answer.status != 204 else None

    async def refused(self, method: str, path: str, **body: Any) -> str:
        """The code of the error."""
        async with self.http.request(method, path, json=body or None) as answer:
            assert answer.status >= 400
            return str((await answer.json())["code"])


@asynccontextmanager
async def signed_in(centre: Centre, id_: str) -> AsyncIterator[Person]:
    password = passwords_of(centre.asterisk.secrets, id_)
    url = centre.server.web.server.url
    async with aiohttp.ClientSession(url) as http:
        async with http.post(
            "/api/session", json={"agent_id": id_, "password": password}
        ) as answer:
            token = (await answer.json())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(url, headers=headers) as mine:
            yield Person(mine)


async def test_an_agent_holds_consults_hands_over_and_codes(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "20"})
    carol = await centre.agent("carol", ready=False)
    async with signed_in(centre, "alice") as alice, signed_in(centre, "carol") as colleague:
        talk = await talking(centre, "alice")
        contact = f"/api/contacts/{talk.contact_id}"
        assert await colleague.refused("POST", f"{contact}/hold") == "not_your_contact"
        await alice.ask("POST", f"{contact}/hold")
        await talk.agent.miss_tone(CALLER_HZ)
        await alice.ask("POST", f"{contact}/resume")
        await talk.both_hear()
        await alice.ask("POST", f"{contact}/consult", agent="carol")
        second = await carol.phone.next_incoming()
        await second.answer()
        await second.tone(1200)
        await talk.agent.hear_tone(1200)
        await alice.ask("POST", f"{contact}/consult/complete")
        await talk.caller.hear_tone(1200)
        await second.hear_tone(CALLER_HZ)
        await alice.ask("POST", f"{contact}/disposition", code="resolved")
        me = await alice.ask("GET", "/api/agents/me")
        assert me["state"] == "wrap_up"
        await alice.ask("POST", "/api/agents/me/wrap-up/done")
        await talk.caller.hangup()
        await centre.wait_agent("carol", AgentState.WRAP_UP)
        await colleague.ask("POST", "/api/agents/me/wrap-up/done")
    record = await centre.record(talk.contact_id)
    talked = [s.agent_id for s in record.segments if s.kind == "talk"]
    assert talked[0] == "alice"
    assert talked[-1] == "carol"


async def test_a_supervisor_listens_whispers_and_barges(installation: Installation) -> None:
    centre = await installation()
    boss = await centre.agent("sue", ready=False)
    async with signed_in(centre, "sue") as sue, signed_in(centre, "alice") as alice:
        talk = await talking(centre, "alice")
        path = f"/api/contacts/{talk.contact_id}/supervise"
        assert await alice.refused("POST", path, mode="listen") == "not_allowed"
        await sue.ask("POST", path, mode="listen")
        spy = await boss.phone.next_incoming()
        await spy.answer()
        await spy.tone(1200)
        await spy.hear_tone(CALLER_HZ)
        await spy.hear_tone(AGENT_HZ)
        await sue.ask("POST", path, mode="whisper")
        await talk.agent.hear_tone(1200)
        await sue.ask("POST", path, mode="barge")
        await talk.caller.hear_tone(1200)
        await talk.caller.hangup()
        await spy.wait_state("disconnected")


async def test_a_recording_is_paused_kept_and_fetched_by_range(installation: Installation) -> None:
    centre = await installation()
    async with signed_in(centre, "alice") as alice, signed_in(centre, "sue") as sue:
        talk = await talking(centre, "alice")
        contact = f"/api/contacts/{talk.contact_id}"
        await alice.ask("POST", f"{contact}/recording/pause")
        await alice.ask("POST", f"{contact}/recording/resume")
        await talk.caller.hangup()

        async def finished() -> Any:
            record = await centre.record(talk.contact_id)
            return next((r for r in record.recordings if r.details.get("seconds")), None)

        recording = await until(finished, 15, "a finished recording")
        url = f"/api/recordings/{recording.id}"
        async with sue.http.get(url, headers={"Range": "bytes=0-43"}) as answer:
            assert answer.status == 206
            head = await answer.read()
        channels, rate = struct.unpack("<HI", head[22:28])
        assert (head[:4], channels, rate) == (b"RIFF", 2, 8000)


async def test_who_asks_for_a_call_out_needs_the_right_to_it(
    installation: Installation, carrier: Carrier
) -> None:
    """Not the agent of the contact, and not nobody while it waits."""
    centre = await installation(
        {
            **carrier.overrides,
            "outbound.guarded": "{far: ['5558'], near: ['5557']}",
            "agents.alice.may_dial": "[far]",
            "agents.sue.may_dial": "[near]",
        }
    )
    await carrier.start()
    async with signed_in(centre, "sue") as sue, signed_in(centre, "alice") as alice:
        waiting = await centre.call("4000")
        queued = await until(lambda: _queued(centre), 15, "a caller who waits")
        path = f"/api/contacts/{queued}/transfer"
        assert await sue.refused("POST", path, number="95558123") == "dial_right_missing"
        await sue.ask("POST", path, number="95557123")
        outside = await carrier.phone.next_incoming()
        assert outside.to_user == "5557123"
        await waiting.hangup()
        await outside.wait_state("disconnected")

        talk = await talking(centre, "alice")
        contact = f"/api/contacts/{talk.contact_id}"
        for verb in ("transfer", "consult", "members"):
            for person, number in ((sue, "95558123"), (alice, "95557123")):
                why = await person.refused("POST", f"{contact}/{verb}", number=number)
                assert why == "dial_right_missing", verb
        await talk.caller.hangup()


async def _queued(centre: Centre) -> str | None:
    waiting = [c.id for c in await centre.contacts() if c.state is ContactState.QUEUED]
    return waiting[0] if waiting else None
