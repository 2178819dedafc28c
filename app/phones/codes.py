"""Feature codes: what an agent dials at a phone is done to the agent's one state.

The dialplan asks (``AGI(agi://.../code)``). A beep says that it was done, a low one that it
was not. Each is in the audit, like what is done on the page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from acd.desk import ForwardKind
from acd.reasons import LOGGED_IN
from acd.router import Router
from acd.slots import ParkingSlots
from app.audit.entry import DONE, Entry
from app.audit.trail import Trail
from app.phones.colleagues import require_forwardable
from app.phones.hot_desk import HotDesk
from app.phones.pick_up import PickUp
from app.phones.places import Places, device_of_channel
from config.codes import DO_NOT_DISTURB
from config.model import Settings
from core.clock import Clock
from core.errors import BadInput, NotAuthenticated, ParleyError
from core.log import get_logger
from media.prompts.catalogue import Catalogue
from sip.agi import AgiHangup, AgiSession, verbs

log = get_logger(__name__)

_DONE, _REFUSED, _ASK = "beep", "beep-low", "beep-double"
_SECONDS, _MOST_DIGITS = 8.0, 12
_FORWARDS = {
    f"forward_{kind.value}{off}": (kind, bool(off)) for kind in ForwardKind for off in ("", "_off")
}


class FeatureCodeCalls:
    """The AGI route ``code``."""

    def __init__(
        self,
        settings: Settings,
        router: Router,
        places: Places,
        hot_desk: HotDesk,
        slots: ParkingSlots,
        sounds: Catalogue,
        clock: Clock,
        trail: Callable[[], Trail],
    ) -> None:
        self._settings = settings
        self._router = router
        self._places = places
        self._hot_desk = hot_desk
        self._slots = slots
        self._pick_up = PickUp(settings, router)
        self._sounds = sounds
        self._clock = clock
        self._trail = trail

    async def serve(self, session: AgiSession) -> None:
        """Do what the code means, and say whether it was done."""
        try:
            code = await verbs.get_variable(session, "PARLEY_CODE") or ""
            number = await verbs.get_variable(session, "PARLEY_CODE_NUMBER") or ""
            device = device_of_channel(session.channel)
            try:
                if code == "log_in":
                    await self._log_in(session, device)
                else:
                    await self._noted(code, device, lambda who: self._do(code, number, who))
            except ParleyError as error:
                log.info("code.refused", action=code, device=device, code=error.code)
                await self._beep(session, _REFUSED)
            else:
                await self._beep(session, _DONE)
        except AgiHangup:
            pass

    async def _do(self, code: str, number: str, agent_id: str) -> None:
        router = self._router
        if code == "ready":
            await router.log_in(agent_id)
            await router.set_ready(agent_id)
        elif code == "not_ready":
            await router.log_in(agent_id)
            await router.set_not_ready(agent_id, self._break())
        elif code == "do_not_disturb":
            await router.log_in(agent_id)
            await router.set_not_ready(agent_id, DO_NOT_DISTURB)
        elif code == "do_not_disturb_off":
            agent = await router.agents.get(agent_id)
            if agent.reason == DO_NOT_DISTURB:
                await router.set_ready(agent_id)
        elif code == "log_out":
            await router.log_out(agent_id)
        elif code == "pick_up":
            await self._pick_up.directed(agent_id, number)
        elif code == "pick_up_any":
            await self._pick_up.group(agent_id)
        elif code == "parking_slot":
            await self._slots.pick_up(int(number), agent_id)
        elif code in _FORWARDS:
            kind, off = _FORWARDS[code]
            if not off:
                require_forwardable(self._settings, agent_id, number)
            await router.set_forward(agent_id, kind, None if off else number)
        else:
            raise BadInput(f"There is no code {code!r}.")

    def _break(self) -> str:
        return next(iter(self._settings.not_ready_reasons), LOGGED_IN)

    async def _log_in(self, session: AgiSession, device: str) -> None:
        if not self._places.is_shared(device):
            raise BadInput("This phone is not shared.")
        number, pin = await self._digits(session), await self._digits(session)

        async def work(_: str) -> None:
            if await self._hot_desk.log_in(device, number, pin) is None:
                raise NotAuthenticated("The number or the PIN is wrong.")

        agent = self._settings.agent_of_extension(number)
        await self._noted("log_in", device, work, who=agent.id if agent else "unknown")

    async def _digits(self, session: AgiSession) -> str:
        sound = self._sounds.sound(_ASK, self._settings.company.languages[0])
        digits = await verbs.get_data(session, sound, seconds=_SECONDS, max_digits=_MOST_DIGITS)
        return digits.digits

    async def _noted(
        self, code: str, device: str, work: Callable[[str], Awaitable[None]], *, who: str = ""
    ) -> None:
        who = who or self._places.agent_at(device) or ""
        if not who:
            raise NotAuthenticated("Nobody is logged in at this phone.")
        trail = self._trail()
        entry = Entry(
            at=self._clock.now(), who=who, via="phone", address=device, action=f"agent.{code}",
            target_kind="agent", target_id=who,
        )  # fmt: skip
        await trail.begin(entry)
        outcome = "internal"
        try:
            await work(who)
            outcome = DONE
        except ParleyError as error:
            outcome = error.code
            raise
        finally:
            await trail.finish(entry.over(self._clock.now(), outcome, None, None))

    async def _beep(self, session: AgiSession, name: str) -> None:
        await verbs.stream_file(
            session, self._sounds.sound(name, self._settings.company.languages[0])
        )
