"""Blind transfer to a number outside.

While the number rings the contact is the agent's still, on hold, though their phone is
free. If it is answered the contact is over for us and the call goes on; if it is not,
the dialplan brings the customer back (``parley-returned``).
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from acd.model import EndReason
from acd.router import Router
from core.errors import ParleyError
from sip import verbs
from sip.ami import AmiClient
from sip.asterisk.generate import dialplan
from sip.outbound.plan import Plan
from sip.voice.call_events import CallEvents
from sip.voice.driver import NoLeg, VoiceDriver
from sip.voice.legs import CONTACT, Leg, LegTable, Role
from sip.voice.recorder import Recorder


class TransferOut:
    """Sends customers out, and lets go of them when somebody there answers."""

    def __init__(
        self,
        ami: AmiClient,
        legs: LegTable,
        router: Router,
        driver: VoiceDriver,
        recorder: Recorder,
        events: CallEvents,
        context: str,
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._router = router
        self._driver = driver
        self._recorder = recorder
        self._events = events
        self._context = context
        events.on_outside.append(self._answered)

    async def begin(self, contact_id: str, plan: Plan) -> None:
        """Ring the number of ``plan`` for the customer; the others part.
        Raises :class:`~sip.voice.driver.NoLeg` and what the verbs raise."""
        customer = self._legs.customer(contact_id)
        if customer is None:
            raise NoLeg("The customer's call is gone.")
        await self._recorder.stop(contact_id)
        agent = self._legs.agent(contact_id)
        try:
            variables = {**plan.variables(), dialplan.RETURN: "1"}
            await verbs.set_variables(self._ami, customer.target, variables)
            # The two part by our doing: no news of who hung up.
            customer.outside = True
            if agent is not None:
                agent.let_go = True
            await verbs.send_to(self._ami, customer.target, self._context)
        except verbs.NoSuchChannel:
            customer.outside = False
            await self._router.customer_left(contact_id, None)
            raise
        except ParleyError:
            customer.outside = False
            if agent is not None:
                agent.let_go = False
            raise
        self._events.tell(customer, "rings-outside", partial(self._router.held, contact_id))
        await self._driver.drop(contact_id, keep=Role.CUSTOMER)

    def _answered(self, leg: Leg) -> None:
        self._legs.remove(leg.id)
        over = partial(self._router.finish, leg.contact_id, EndReason.TRANSFERRED_OUT)
        self._events.tell(leg, "answered-outside", over)
        self._events.submit(leg, "forget", partial(self.forget, leg))

    async def forget(self, leg: Leg) -> None:
        """The channel goes on without us: after a restart it must not be taken for a
        caller whose contact was lost."""
        with suppress(verbs.NoSuchChannel):
            await verbs.set_variables(self._ami, leg.target, {CONTACT: ""})
