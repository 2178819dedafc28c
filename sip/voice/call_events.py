"""From what Asterisk reports to what the router wants to know.

AMI callbacks are synchronous and must be quick: here they update the legs and put
the consequence into the contact's own line of work, which keeps the order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from acd.driver import DriverEvents
from core.clock import STEADY, Clock
from core.log import get_logger
from core.redis import RedisUnavailable
from core.serial import KeyedWorker
from sip import causes, verbs
from sip.ami import AmiClient, AmiDown, AmiEvent
from sip.voice.doubts import Doubts
from sip.voice.legs import Leg, LegTable, Role

log = get_logger(__name__)

_RINGING, _UP = "5", "6"
_WAITING = "holding_bridge"
# They are up when they are in a bridge: where they wait to be joined, or are joined.
_TOLD_BY_BRIDGES = (Role.AGENT, Role.CONSULT, Role.CALLED, Role.CALLER)

LegListener = Callable[[Leg], Awaitable[None]]
EndListener = Callable[[Leg, int], Awaitable[None]]


class CallEvents:
    """Subscribes to the AMI events of our legs.

    ``on_answered`` and ``on_ended`` tell about consulted and further parties, which
    the router does not know. ``on_leaving`` is awaited before the router learns that a
    customer left, so that what self-service knows of them can be noted first.
    ``on_outside`` is called when the number outside was answered that was rung for a
    customer.

    What the router is told bears the time at which Asterisk told it. While Redis is
    away for longer than the router waits it is told again and again, since nobody
    else knows it; what comes after it of the same contact waits behind it.
    """

    def __init__(
        self, ami: AmiClient, legs: LegTable, router: DriverEvents, worker: KeyedWorker,
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._router = router
        self._worker = worker
        self._clock = clock or STEADY
        self.on_answered: list[LegListener] = []
        self.on_ended: list[EndListener] = []
        self.on_leaving: list[LegListener] = []
        self.on_outside: list[Callable[[Leg], None]] = []
        self._gone: set[str] | None = None
        self._doubts = Doubts(ami, legs, self.check)
        ami.on("Newchannel", self._new_channel)
        ami.on("Newstate", self._new_state)
        ami.on(("HangupRequest", "SoftHangupRequest"), self._hangup_request)
        ami.on("Hangup", self._hangup)
        ami.on("OriginateResponse", self._originate_response)
        ami.on("BridgeEnter", self._bridge_enter)
        ami.on("DialEnd", self._dial_end)
        ami.on("Hold", self._hold)
        ami.on("Unhold", self._unhold)

    async def close(self) -> None:
        """Ask for nothing any more."""
        await self._doubts.close()

    def _leg(self, event: AmiEvent) -> Leg | None:
        """The leg of which ``event`` tells. Where id and name are not of the same channel
        Asterisk is asked for both."""
        leg = self._legs.of_event(event)
        named = event.get("Uniqueid")
        if leg is None and (not named or self._legs.get(named) is not None):
            self._doubts.ask([named, event.get("Channel")])
        return leg

    def _new_channel(self, event: AmiEvent) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        leg.channel = event.get("Channel")
        if leg.cancelled:
            self.submit(leg, "hang-up-cancelled", lambda: self._hang_up(leg))

    def _new_state(self, event: AmiEvent) -> None:
        # Who is to be joined is up when they wait for it in a bridge; a party's leg runs
        # an application of its own and is up when Asterisk says so.
        leg = self._leg(event)
        if leg is None:
            return
        state = event.get("ChannelState")
        leg.rang = leg.rang or state in (_RINGING, _UP)
        leg.picked_up = leg.picked_up or state == _UP
        if leg.role in (Role.PARTY, Role.MEMBER) and state == _UP:
            self.answered(leg)

    def answered(self, leg: Leg) -> None:
        """The person on ``leg`` picked up."""
        if leg.up:
            return
        self._legs.went_up(leg)
        if leg.cancelled:
            self.submit(leg, "hang-up-cancelled", lambda: self._hang_up(leg))
        elif leg.role is Role.AGENT:
            self._stop_others(leg)
            self.tell(leg, "agent-answered", partial(self._router.agent_answered, leg.offer_id))
        else:
            for listener in self.on_answered:
                self.submit(leg, "leg-answered", partial(listener, leg))

    def _stop_others(self, leg: Leg) -> None:
        """The agent's other phones rang too: they were answered elsewhere."""
        for other in self._legs.of_offer(leg.contact_id, leg.offer_id):
            if other is not leg and not other.cancelled:
                other.cancelled = True
                cause = causes.Cause.ANSWERED_ELSEWHERE
                self.submit(other, "answered-elsewhere", partial(self._hang_up, other, cause))

    def _bridge_enter(self, event: AmiEvent) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        if leg.outside:
            if event.get("BridgeTechnology") != _WAITING:  # news of before
                self.outside_answered(leg)
        elif leg.role in _TOLD_BY_BRIDGES and not leg.up:
            leg.channel = event.get("Channel")
            self.answered(leg)
        elif leg.role in (Role.CUSTOMER, Role.AGENT) and event.get("BridgeNumChannels") == "2":
            self._joined(leg)

    def outside_answered(self, leg: Leg) -> None:
        """Somebody outside talks with the customer on ``leg``, who goes on without us."""
        leg.outside, leg.let_go = False, True
        for listener in self.on_outside:
            listener(leg)

    def _joined(self, leg: Leg) -> None:
        """Who hangs up after one word has talked, even if the answer to our request to
        join the two comes later than that."""
        agent = self._legs.agent(leg.contact_id)
        if agent is not None and agent.offer_id and not agent.was_joined:
            agent.was_joined = True
            self.tell(agent, "joined", partial(self._router.joined, agent.offer_id))

    @contextmanager
    def watching_ends(self) -> Iterator[set[str]]:
        """The ids of channels that end meanwhile, known to us or not: a list of
        channels that is read at the same time may still name them."""
        self._gone = set()
        try:
            yield self._gone
        finally:
            self._gone = None

    async def check(self, leg: Leg) -> None:
        """Ask Asterisk for ``leg``; if it is gone, it ended without our hearing of it.
        Without a connection there is no answer, and the next one compares everything."""
        with suppress(AmiDown):
            if not await verbs.exists(self._ami, leg.id):
                self.lost(leg, int(causes.Cause.UNKNOWN))

    def lost(self, leg: Leg, cause: int) -> None:
        """The channel of ``leg`` ended without our hearing of it."""
        if self._legs.remove(leg.id) is not None:
            self._ended(leg, cause)

    def _dial_end(self, event: AmiEvent) -> None:
        # Asterisk says so before it hangs up, and gives no cause then.
        leg = self._legs.get(event.get("DestUniqueid"))
        same = leg is not None and leg.channel in ("", event.get("DestChannel"))
        if leg is not None and same and event.get("Forward"):
            leg.redirected = True

    def _hangup_request(self, event: AmiEvent) -> None:
        leg = self._leg(event)
        if leg is not None:
            self._legs.asked_to_end(leg)

    def _hangup(self, event: AmiEvent) -> None:
        if self._gone is not None:
            self._gone.add(event.get("Uniqueid"))
        leg = self._leg(event)
        if leg is not None:
            leg.ended_cause = causes.parse(event.get("Cause"))  # seen by who waits for it
            self._legs.remove(leg.id)
            self._ended(leg, leg.ended_cause, causes.parse(event.get("TechCause")))

    def _originate_response(self, event: AmiEvent) -> None:
        # A device without any contact address never gets a channel, so no Hangup.
        if event.get("Response") != "Failure":
            return
        leg = self._legs.get(event.get("Uniqueid")) or self._legs.get(event.get("ActionID"))
        if leg is not None and not leg.channel:
            leg.ended_cause = int(causes.Cause.SUBSCRIBER_ABSENT)  # seen by who waits for it
            self._legs.remove(leg.id)
            self._ended(leg, int(causes.Cause.SUBSCRIBER_ABSENT))

    def _ended(self, leg: Leg, cause: int, sip_status: int = 0) -> None:
        log.info(
            "leg.ended", contact=leg.contact_id, leg=leg.id, role=leg.role.value,
            cause=causes.name_of(cause),
        )  # fmt: skip
        if leg.let_go:
            return
        if leg.role is Role.CUSTOMER:
            for leaving in self.on_leaving:
                self.submit(leg, "customer-leaving", partial(leaving, leg))
        if leg.role is Role.CUSTOMER or (leg.role is Role.AGENT and leg.up):
            # Asterisk ends both sides of a talk at nearly the same time, in any order.
            if (first := self._legs.hung_up_before(leg)) is not None:
                self._left(first, cause)
            self._left(leg, cause)
        elif leg.role is Role.AGENT:
            told = causes.unanswered_outcome(cause, sip_status, picked_up=leg.picked_up)
            outcome = "redirected" if leg.redirected else told
            others = self._legs.of_offer(leg.contact_id, leg.offer_id)
            if others:  # further phones of theirs ring on, or one was answered
                others[0].refusals = [*others[0].refusals, *leg.refusals, outcome]
                return
            outcome = causes.foremost([*leg.refusals, outcome])
            report = partial(self._router.agent_unanswered, leg.offer_id, outcome, cause)
            self.tell(leg, "agent-unanswered", report)
        for listener in self.on_ended:
            self.submit(leg, "leg-ended", partial(listener, leg, cause))

    def _left(self, leg: Leg, cause: int) -> None:
        contact, agent = leg.contact_id, leg.agent_id
        if leg.role is Role.CUSTOMER:
            self.tell(leg, "customer-left", partial(self._router.customer_left, contact, cause))
        elif not leg.cancelled:  # else we took it off: the router knows, and may have gone on
            report = partial(self._router.agent_left, contact, agent, cause)
            self.tell(leg, "agent-left", report)

    def _hold(self, event: AmiEvent) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        leg.holds = True
        if leg.role is Role.AGENT and not leg.parted:
            self.tell(leg, "held", partial(self._router.held, leg.contact_id))

    def _unhold(self, event: AmiEvent) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        leg.holds = False
        # A phone that takes back a leg which we parked does not bring the customer back.
        if leg.role is Role.AGENT and not leg.parted:
            self.tell(leg, "resumed", partial(self._router.resumed, leg.contact_id))

    async def _hang_up(self, leg: Leg, cause: int = causes.Cause.NORMAL) -> None:
        with suppress(AmiDown):
            await verbs.hang_up(self._ami, leg.target, cause)

    def tell(self, leg: Leg, what: str, report: Callable[..., Awaitable[object]]) -> None:
        """Have the router told, with the present time, after what is under way for the
        contact."""
        at = self._clock.now()

        async def tell() -> None:
            while True:
                try:
                    await report(at=at)
                    return
                except RedisUnavailable as error:
                    log.warning("leg.report_waits", leg=leg.id, what=what, code=error.code)

        self.submit(leg, what, tell)

    def submit(self, leg: Leg, what: str, job: Callable[[], Awaitable[object]]) -> None:
        """Have ``job`` done after what is under way for the contact. A leg that it meant and
        that hung up meanwhile is no fault: its end is reported by itself."""

        async def work() -> None:
            try:
                await job()
            except verbs.NoSuchChannel:
                log.info("leg.gone_meanwhile", contact=leg.contact_id, leg=leg.id, job=what)

        self._worker.submit(leg.contact_id, what, work)
