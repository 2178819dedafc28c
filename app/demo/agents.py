"""Simulated agents: a phone, a session at the HTTP API, and habits.

They stay at work: a phone that died is replaced, and whoever became not ready for
whatever reason comes back after a while. So the demo never runs dry.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress

import aiohttp

from agent_softphone.phone_errors import PhoneDied, PhoneError, PhoneTimeout
from agent_softphone.remote import Phone
from agent_softphone.remote_call import Call
from app.demo.desk import ME, Desk
from app.demo.meeting import Encounter, Meeting, Plot
from config.model import Settings
from config.secrets import Secrets, phone_secret
from core.log import get_logger
from core.tasks import TaskOwner
from media.demo.utterances import Utterance

log = get_logger(__name__)

AGENTS_A_PHONE = 4
_DOES_NOT_ANSWER, _HOLDS = 0.06, 0.25
_SPEECH = {
    Plot.PLAIN: ("greeting", "identify", "one-moment", "done"),
    Plot.CARD: ("greeting", "card", "one-moment", "done"),
    Plot.ANGRY: ("greeting", "one-moment", "sorry", "done"),
}
_LOOK_UP, _AWAY = (3, 6), (3, 6)  # seconds: between looks at one's own state, and away
_PHONE_PAUSE = 2.0
_TURNS = {Plot.CARD: "card", Plot.ANGRY: "one-moment"}  # after it the customer says it all


class _Crew:
    """The agents who share a phone's process, and that phone."""

    def __init__(self, desks: Sequence[Desk]) -> None:
        self.desks = tuple(desks)
        self.phone: Phone | None = None
        self.by_account: dict[str, Desk] = {}

    @property
    def reachable(self) -> bool:
        return bool(self.by_account) and self.phone is not None and self.phone.died is None


class Agents:
    """``count`` agents who work from :meth:`start` to :meth:`close`."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        passwords: Mapping[str, str],
        sayings: Sequence[Utterance],
        meeting: Meeting,
        *,
        count: int,
        seed: int,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._passwords = passwords
        self._sayings = {(s.language, s.id): s for s in sayings if s.role == "agent"}
        self._meeting = meeting
        self._random = random.Random(seed)  # noqa: S311
        people = [a for a in settings.agents.values() if a.is_agent and not a.is_supervisor]
        self._people = people[:count]
        self._crews: list[_Crew] = []
        self._tasks = TaskOwner("demo.agents")
        self._http: aiohttp.ClientSession | None = None

    async def start(self, url: str) -> None:
        """Register the phones and sign in at ``url``. Raises PhoneError and
        aiohttp.ClientError."""
        http = self._http = aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=15))
        desks = [Desk(agent, self._passwords[agent.id], http) for agent in self._people]
        firsts = range(0, len(desks), AGENTS_A_PHONE)
        self._crews = [_Crew(desks[first : first + AGENTS_A_PHONE]) for first in firsts]
        await asyncio.gather(*(self._connect(crew) for crew in self._crews))
        await asyncio.gather(*(desk.begin() for desk in desks))
        for number, crew in enumerate(self._crews):
            self._tasks.start(self._take_calls(crew), name=f"phone-{number}")
            for desk in crew.desks:
                self._tasks.start(self._stay_at_work(desk, crew), name=f"{desk.agent.id}")

    async def close(self) -> None:
        """Sign out; nobody shall be offered to a phone that is gone."""
        await self._tasks.close()
        if self._http is not None:
            leaving = [desk.leave() for crew in self._crews for desk in crew.desks]
            await asyncio.gather(*leaving, return_exceptions=True)
            await self._http.close()
        await asyncio.gather(*(crew.phone.close() for crew in self._crews if crew.phone))

    async def _connect(self, crew: _Crew) -> None:
        """A new phone for the crew, registered for each of them."""
        crew.by_account = {}
        if crew.phone is not None:
            await crew.phone.close()
        phone = crew.phone = await Phone.launch()
        accounts: dict[str, Desk] = {}
        for desk in crew.desks:
            extension = desk.agent.extension
            password = self._secrets.get_or_create(phone_secret(extension)).reveal()
            account = await phone.register(extension, password, port=self._settings.sip.port)
            accounts[account.id] = desk
        crew.by_account = accounts

    async def _take_calls(self, crew: _Crew) -> None:
        """For ever, on one phone after the other."""
        while True:
            try:
                if not crew.reachable:
                    await self._connect(crew)
                assert crew.phone is not None
                call = await crew.phone.next_incoming(3600)
                desk = crew.by_account[call.account]
                self._tasks.start(self._serve(call, desk), name=f"call-{desk.agent.id}")
            except PhoneDied:
                log.warning("demo.phone_died", role="agents")
            except PhoneTimeout:
                continue
            except PhoneError as error:
                log.warning("demo.phone_failed", role="agents", error=str(error))
                await asyncio.sleep(_PHONE_PAUSE)

    async def _stay_at_work(self, desk: Desk, crew: _Crew) -> None:
        """For ever: whatever made the agent not ready (a missed call, an answer that
        came to nothing, a phone that died), they come back."""
        while True:
            await asyncio.sleep(self._random.uniform(*_LOOK_UP))
            try:
                state = (await desk.me())["state"]
                if state == "logged_out":
                    await desk.begin()
                elif state == "not_ready" and crew.reachable:
                    await asyncio.sleep(self._random.uniform(*_AWAY))
                    await desk.come_back()
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("demo.agent_failed", agent=desk.agent.id, error=type(error).__name__)

    async def _serve(self, call: Call, desk: Desk) -> None:
        try:
            if self._random.random() < _DOES_NOT_ANSWER:
                # Away from the desk: the offer goes to the next.
                await call.wait_state("disconnected", 120)
                return
            await asyncio.sleep(self._random.uniform(0.8, 3))
            await call.answer()
            encounter = self._meeting.answered(call.from_user)
            await self._converse(call, desk, encounter)
            await self._after_call(desk)
        except PhoneError:
            pass  # the caller was quicker
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("demo.agent_failed", agent=desk.agent.id, error=type(error).__name__)
        finally:
            if call.state != "disconnected":
                with suppress(PhoneError):
                    await call.hangup()

    async def _converse(self, call: Call, desk: Desk, encounter: Encounter) -> None:
        native = "zh-CN" if "language.zh-CN" in desk.agent.skills else "en"
        language = encounter.language or native
        holds = self._random.random() < _HOLDS
        for topic in _SPEECH[encounter.plot]:
            saying = self._sayings.get((language, topic))
            if saying is not None:
                await call.play(saying.path)
                await call.wait_played()
            if topic == _TURNS.get(encounter.plot):
                encounter.asked.set()
                await encounter.heard(encounter.told)
            await asyncio.sleep(self._random.uniform(3, 7))
            if holds and topic == "one-moment":
                await self._hold_a_while(desk)
        await asyncio.sleep(self._random.uniform(1, 8))
        goodbye = self._sayings.get((language, "goodbye"))
        if goodbye is not None:
            await call.play(goodbye.path)
            await call.wait_played()
        await call.hangup()

    async def _hold_a_while(self, desk: Desk) -> None:
        contact = (await desk.me())["contact_id"]
        if contact is not None:
            await desk.ask(f"/api/contacts/{contact}/hold")
            await asyncio.sleep(self._random.uniform(3, 6))
            await desk.ask(f"/api/contacts/{contact}/resume")

    async def _after_call(self, desk: Desk) -> None:
        """Sometimes done with the wrap-up before its time is over."""
        me = await desk.me()
        if me["state"] != "wrap_up":
            return
        codes = [c for c, d in self._settings.dispositions.items() if not d.queues]
        if codes:
            path = f"/api/contacts/{me['contact_id']}/disposition"
            await desk.ask(path, code=self._random.choice(codes))
        if self._random.random() < 0.6:
            await asyncio.sleep(self._random.uniform(2, 6))
            await desk.ask(f"{ME}/wrap-up/done")
