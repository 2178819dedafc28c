"""Simulated customers: they call, choose in the menu, wait, speak, and hang up.

A phone that died is replaced, and every call ends: so there is always a line free.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from agent_softphone.phone_errors import CallEnded, PhoneError
from agent_softphone.remote import Account, Phone
from agent_softphone.remote_call import Call
from app.demo.meeting import Encounter, Meeting, Plot
from config.model import Settings
from config.secrets import Secrets
from config.trunks import Trunk
from core.log import get_logger
from core.tasks import TaskOwner
from media.demo.utterances import ANGRY, Utterance

log = get_logger(__name__)

CALLS_A_PHONE = 4
_PHONES = 3
_MEAN_SECONDS_BETWEEN = 4.5
_TOPIC_KEYS = {"cards": ("1", ("1", "2", "3")), "loans": ("2", ("1", "2")), "accounts": ("3", "12")}
_GIVES_UP, _LEAVES_IN_MENU = 0.12, 0.05
_LONGEST_WAIT, _LONGEST_TALK = 120.0, 60.0  # seconds
# The first callers show all there is to see; later ones do so now and then.
_FIRST = (
    (Plot.CARD, "zh-CN"), (Plot.ANGRY, "zh-CN"), (Plot.CARD, "en"), (Plot.ANGRY, "en"),
)  # fmt: skip
# What they call about: said by the voice that says the rest.
_MATTERS = {
    (Plot.CARD, "zh-CN"): "credit-limit", (Plot.CARD, "en"): "lost-card",
    (Plot.ANGRY, "zh-CN"): "wrong-charge", (Plot.ANGRY, "en"): "wrong-charge",
}  # fmt: skip
_PLOTS = {Plot.PLAIN: 0.7, Plot.CARD: 0.15, Plot.ANGRY: 0.15}
_OF_PLOTS = ("complaint", "card-number")  # what nobody calls about otherwise


class Callers:
    """Keeps calling from :meth:`start` to :meth:`close`."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        trunk: Trunk,
        sayings: Sequence[Utterance],
        meeting: Meeting,
        seed: int,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._trunk = trunk
        customers = [said for said in sayings if said.role == "customer"]
        self._sayings = [said for said in customers if said.id not in _OF_PLOTS]
        self._of_plot = {(s.id, s.language): s for s in customers if s.id in _OF_PLOTS}
        self._meeting = meeting
        self._random = random.Random(seed)  # noqa: S311
        self._numbers = itertools.count(1)
        self._matters = itertools.count()
        self._phones: list[tuple[Phone, Account]] = []
        self._tasks = TaskOwner("demo.callers")

    async def start(self) -> None:
        """Raises PhoneError and SecretMissing."""
        self._phones += await asyncio.gather(*(self._phone() for _ in range(_PHONES)))
        self._tasks.start(self._arrive(), name="arrivals")

    async def close(self) -> None:
        await self._tasks.close()
        await asyncio.gather(*(phone.close() for phone, _ in self._phones))

    async def _phone(self) -> tuple[Phone, Account]:
        assert self._trunk.secret is not None
        password = self._secrets.get_or_create(self._trunk.secret).reveal()
        phone = await Phone.launch()
        try:
            return phone, await phone.account(
                self._trunk.name, password, port=self._settings.sip.port
            )
        except BaseException:
            await phone.close()
            raise

    async def _arrive(self) -> None:
        while True:
            try:
                await self._replace_dead()
            except PhoneError as error:
                log.warning("demo.phone_failed", role="callers", error=str(error))
            free = [p for p in self._phones if not p[0].died and len(p[0].calls) < CALLS_A_PHONE]
            if free:
                number = f"139{next(self._numbers) % 100_000_000:08d}"
                self._tasks.start(self._visit(*free[0], number), name=f"caller-{number}")
            await asyncio.sleep(self._random.expovariate(1 / _MEAN_SECONDS_BETWEEN))

    async def _replace_dead(self) -> None:
        for place, (phone, _) in enumerate(self._phones):
            if phone.died:
                log.warning("demo.phone_died", role="callers")
                await phone.close()
                self._phones[place] = await self._phone()

    async def _visit(self, phone: Phone, account: Account, number: str) -> None:
        said, plot = self._matter()
        encounter = self._meeting.expect(number, plot, said.language)
        try:
            english = said.language == "en"
            dialled = "4002" if english and self._random.random() < 0.4 else "4001"
            call = await phone.call(dialled, account=account, from_user=number)
            try:
                await call.wait_state("confirmed", 30)
                if await self._through_menu(call, said, language=dialled == "4001"):
                    await self._talk(call, said, encounter)
            finally:
                if call.state != "disconnected":
                    with suppress(PhoneError):
                        await call.hangup()
        except CallEnded:
            pass  # the other side hung up
        except PhoneError as error:
            log.warning("demo.caller_failed", error=str(error))
        finally:
            self._meeting.over(number)

    def _matter(self) -> tuple[Utterance, Plot]:
        """What the next caller says, and how that goes on."""
        number = next(self._matters)
        if number < len(_FIRST):
            plot, language = _FIRST[number]
        else:
            plot = self._random.choices(list(_PLOTS), list(_PLOTS.values()))[0]
            language = self._random.choice(("zh-CN", "en"))
        about = _MATTERS.get((plot, language))
        matters = [s for s in self._sayings if s.language == language and about in (None, s.id)]
        return self._random.choice(matters), plot

    async def _through_menu(self, call: Call, said: Utterance, *, language: bool) -> bool:
        """Press what leads to the topic; False for one who hangs up instead."""
        main, below = _TOPIC_KEYS[said.topic]
        keys = [main, self._random.choice(below)]
        if language:
            keys.insert(0, "2" if said.language == "en" else "1")
        for key in keys:
            await asyncio.sleep(self._random.uniform(1.5, 4))
            if self._random.random() < _LEAVES_IN_MENU / len(keys):
                await call.hangup()
                return False
            await call.dtmf(key)
        return True

    async def _talk(self, call: Call, said: Utterance, encounter: Encounter) -> None:
        first = encounter.plot is not Plot.PLAIN
        patience = (
            self._random.uniform(8, 25)
            if not first and self._random.random() < _GIVES_UP
            else _LONGEST_WAIT
        )
        gone = asyncio.ensure_future(call.wait_state("disconnected", 600))
        met = asyncio.ensure_future(encounter.answered.wait())
        try:
            await asyncio.wait([gone, met], timeout=patience, return_when="FIRST_COMPLETED")
            if gone.done():
                return
            if met.done():
                await self._say(call, said, encounter)
                if self._random.random() < 0.5:  # else the agent says goodbye
                    await asyncio.sleep(self._random.uniform(1, 4))
                    await call.hangup()
                else:
                    await asyncio.wait([gone], timeout=_LONGEST_TALK)
        finally:
            for waiting in (gone, met):
                waiting.cancel()
            await asyncio.gather(gone, met, return_exceptions=True)

    async def _say(self, call: Call, said: Utterance, encounter: Encounter) -> None:
        sounds = [said.path] * (1 if encounter.plot is Plot.CARD else self._random.randint(1, 3))
        if encounter.plot is Plot.ANGRY:
            # What is usual for a caller is learnt from the first seconds.
            sounds = [said.path, said.path, self._of_plot["complaint", said.language].path, ANGRY]
        for sound in sounds:
            await asyncio.sleep(self._random.uniform(3, 6) if sound is not ANGRY else 1)
            await self._play(call, sound)
        if encounter.plot is Plot.CARD:
            await encounter.heard(encounter.asked)
            await asyncio.sleep(1)
            await self._play(call, self._of_plot["card-number", said.language].path)
        encounter.told.set()

    async def _play(self, call: Call, sound: Path) -> None:
        await call.play(sound)
        await call.wait_played()
