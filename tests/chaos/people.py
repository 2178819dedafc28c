"""Real people on real phones while something goes wrong, and what they noticed.

Two witnesses talk from beginning to end: each says a tone, so that every moment in
which one did not hear the other is known. Callers come one after the other; each waits
until an agent answers, hears them, and hangs up.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent_softphone.phone_errors import CallEnded, PhoneError
from agent_softphone.remote import Phone
from agent_softphone.remote_call import Call
from core.tasks import TaskOwner
from tests.chaos.row import Seen

if TYPE_CHECKING:
    from tests.chaos.house import House

CALLER_HZ, AGENT_HZ = 1004, 1500
_SERVED_HZ = (1200, 1500)  # both at once: music has each of them now and then
_NOTICED_SECONDS = 0.5  # a shorter silence is no silence to a person
_SLOW_SECONDS = 4.0  # from dialling to the agent's voice, where an agent is free


async def hear_agent(call: Call, seconds: float) -> None:
    """Until the agent is heard on ``call``; raises as :meth:`Call.hear_tone` does."""
    deadline = time.monotonic() + seconds
    while True:
        await call.hear_tone(_SERVED_HZ[0], max(0.1, deadline - time.monotonic()))
        heard = (await call.levels())["tones"]
        if all(str(hz) in heard or hz in heard for hz in _SERVED_HZ):
            return
        await asyncio.sleep(0.1)


@dataclass
class Visit:
    """A caller: when they dialled, and what became of it. ``served``: seconds until they
    heard the agent."""

    began: float
    served: float | None = None
    why_not: str = ""


@dataclass
class Witness:
    """One side of the long talk, and how long they did not hear the other."""

    name: str
    call: Call
    hz: int

    def silences(self, until: float) -> list[float]:
        """Seconds of each stretch in which the other was not heard."""
        gaps, since = [], None
        for event in self.call.history.events:
            if event["event"] != "tone" or event["hz"] != self.hz:
                continue
            if not event["on"]:
                since = event["t"]
            elif since is not None:
                gaps.append(event["t"] - since)
                since = None
        if since is not None:
            gaps.append(until - since)
        return [gap for gap in gaps if gap >= _NOTICED_SECONDS]


@dataclass
class People:
    """Made by ``house.people()``."""

    house: House
    visits: list[Visit] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    patience: float = 120.0  # seconds that a caller waits before giving up
    _tasks: TaskOwner = field(default_factory=lambda: TaskOwner("people"))
    _calling: bool = True

    async def start(self) -> None:
        """The witnesses hear each other and the first caller was served."""
        alice = await self.house.agent("alice")
        caller = await self.house.caller()
        out = await caller.call("4000", from_user="13800000009")
        incoming = await alice.next_incoming(20)
        await incoming.answer()
        await out.tone(CALLER_HZ)
        await incoming.tone(AGENT_HZ)
        await asyncio.gather(out.hear_tone(AGENT_HZ, 15), incoming.hear_tone(CALLER_HZ, 15))
        self.witnesses = [
            Witness("customer", out, AGENT_HZ), Witness("agent", incoming, CALLER_HZ),
        ]  # fmt: skip
        bob = await self.house.agent("bob")
        self._tasks.start(self._answer(bob), name="bob")
        self._tasks.start(self._visits(await self.house.caller()), name="callers")
        await self.until_served(time.time())

    async def _answer(self, phone: Phone) -> None:
        while True:
            try:
                call = await phone.next_incoming(3600)
                await call.answer(delay=0.2)
                await call.tone(*_SERVED_HZ)
            except PhoneError:
                if phone.died:
                    return

    async def _visits(self, phone: Phone) -> None:
        while self._calling:
            visit = Visit(time.time())
            self.visits.append(visit)
            try:
                call = await phone.call("4000", from_user="13800000001")
                try:
                    await hear_agent(call, self.patience)
                    visit.served = time.time() - visit.began
                    await asyncio.sleep(0.3)
                finally:
                    if call.state != "disconnected":
                        await call.hangup()
            except CallEnded as error:
                visit.why_not = f"refused or cut off ({error.sip_code})"
            except PhoneError:
                visit.why_not = f"not served in {self.patience:g} s"
                if phone.died:
                    return
            await asyncio.sleep(0.7)

    async def until_served(self, since: float, seconds: float = 90) -> float:
        """The moment at which somebody who dialled after ``since`` was served."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for visit in self.visits:
                if visit.began >= since and visit.served is not None:
                    return visit.began + visit.served
            await asyncio.sleep(0.05)
        raise AssertionError(f"for {seconds:g} s nobody who called was served")

    async def judge(
        self,
        fault_ended: float,
        *,
        well_within: float = 120,
        may_fail: int = 0,
        may_hear_nothing: float = 0.0,
        talk_ends: bool = False,
        health: bool = True,
        records: bool = True,
    ) -> Seen:
        """Wait until all is well, end every call, and say what people noticed.

        ``fault_ended`` is in ``time.time()``. ``may_fail``: callers who may be refused or
        cut off; ``may_hear_nothing``: seconds that the witnesses may hear nothing in all;
        ``talk_ends``: their talk may end; ``health``: health must be ok in the end;
        ``records``: every caller must be in the database in the end.
        """
        seen = Seen("", "")
        try:
            if health:
                await self.house.wait_well(well_within)
            well = max(await self.until_served(fault_ended, well_within), fault_ended)
            if health:
                await self.house.wait_well(well_within)
            seen.well_after = max(well, time.time() if health else well) - fault_ended
        except AssertionError as error:
            seen.broken.append(str(error))
        now = time.time()
        self._calling = False
        talking = all(w.call.state == "confirmed" for w in self.witnesses)
        silent = {w.name: w.silences(now) for w in self.witnesses}
        noticed = self._of_witnesses(seen, silent, talking, may_hear_nothing, talk_ends)
        noticed += self._of_callers(seen, may_fail)
        seen.noticed = "; ".join(noticed) or "nothing"
        await self._leave()
        seen.lost = await self._lost(seen) if records else "nothing"
        return seen

    def _of_witnesses(
        self, seen: Seen, silent: dict[str, list[float]], talking: bool,
        allowed: float, talk_ends: bool,
    ) -> list[str]:  # fmt: skip
        noticed = []
        if not talking:
            noticed.append("the talk ended")
            seen.must(talk_ends, "the witnesses' talk ended")
            return noticed
        for name, gaps in silent.items():
            if gaps:
                noticed.append(f"the {name} heard nothing for {sum(gaps):.1f} s")
                seen.must(sum(gaps) <= allowed, f"the {name} heard nothing for {sum(gaps):.1f} s")
        return noticed

    def _of_callers(self, seen: Seen, may_fail: int) -> list[str]:
        done = [v for v in self.visits if v.served is not None or v.why_not]
        failed = [v for v in done if v.served is None]
        slow = [v.served for v in done if v.served is not None and v.served > _SLOW_SECONDS]
        noticed = []
        if failed:
            reasons = ", ".join(sorted({v.why_not for v in failed}))
            noticed.append(f"{len(failed)} of {len(done)} callers {reasons}")
        if slow:
            noticed.append(f"{len(slow)} of {len(done)} callers waited up to {max(slow):.0f} s")
        if not noticed:
            noticed.append(f"nothing ({len(done)} callers served)")
        seen.must(len(failed) <= may_fail, f"{len(failed)} callers were not served")
        return noticed

    async def _leave(self) -> None:
        """Everybody hangs up."""
        for witness in self.witnesses:
            if witness.call.state == "confirmed":
                await witness.call.hangup()
                break
        await self._tasks.drain(5)
        await self._tasks.close()
        for phone in self.house.phones:
            for call in [] if phone.died else phone.calls:
                try:
                    await call.hangup()
                except PhoneError:
                    continue

    async def _lost(self, seen: Seen) -> str:
        """What of the callers and the talk is not in the database in the end."""
        reached = [v for v in self.visits if v.served is not None]
        wanted = len(reached) + 1  # and the witnesses
        deadline = time.monotonic() + 20
        stored: dict[str, int] = {}
        while time.monotonic() < deadline:
            stored = await self.house.stored()
            if stored.get("ended", 0) >= wanted and sum(stored.values()) == stored["ended"]:
                return "nothing"
            await asyncio.sleep(0.2)
        missing = wanted - sum(stored.values())
        still_open = sum(stored.values()) - stored.get("ended", 0)
        text = f"{missing} of {wanted} records" if missing > 0 else ""
        if still_open:
            text += f"{', ' if text else ''}{still_open} records never end"
        seen.broken.append(text or "records")
        return text or "records"

    async def close(self) -> None:
        """Stop calling without a verdict."""
        self._calling = False
        await self._leave()
