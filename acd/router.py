"""The router: who talks to whom.

:class:`Router` is what the rest of the house uses. It is made of parts, each a
file that follows one thing, over one engine:

====================  ==============================================================
``acd/engine.py``     read, change, write; the consequences of a write
``acd/watch.py``      deadlines, ends of wrap-ups, media that are not served
``acd/matching.py``   whoever waits newly is matched at once
``acd/offers.py``     ring, answer, no answer, deadline, join
``acd/entry.py``      the door of a queue: hours, limits, whom it prefers
``acd/conversation``  enter a queue, hold, resume, leave, end
``acd/no_talk.py``    joined, but nobody talked: the customer waits on
``acd/own_contacts``  what agents begin: to customers, colleagues, queues
``acd/parking.py``    silent customers; agents called away
``acd/call_backs.py`` customers who wait at no phone
``acd/transfers.py``  to a queue, to an agent, after a consultation
``acd/desk.py``       what agents say: log in, ready, break, done
``acd/devices.py``    whose device is away takes nothing
``acd/supervision``   weigh, move and assign who waits
``acd/recovery.py``   after a restart; after a gap in what a medium told
``acd/outage.py``     after Redis was away for longer than the store waits
``acd/waits.py``      how long one has to wait
``acd/overflow.py``   who has waited too long
====================  ==============================================================

The order of contacts, the choice of agent and the claim are pure functions in
``acd/order.py``, ``acd/choice.py`` and ``acd/claim.py``.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from acd import snapshot
from acd.contacts import Contacts
from acd.driver import DriverEvents
from acd.overflow import Overflow
from acd.sweeper import Finding, sweep


class Router(Overflow):
    """Construct it with (redis, keys, directory, clock, bus), add the drivers, then
    ``await recover()``: nothing is offered before. ``router.contacts`` and
    ``router.agents`` are the books. It implements :class:`acd.driver.DriverEvents`.
    """

    @cached_property
    def contacts(self) -> Contacts:
        """The book of live contacts."""
        return Contacts(self)

    async def snapshot(self) -> dict[str, Any]:
        """Queues, contacts in progress and agents, see :mod:`acd.snapshot`."""
        return await snapshot.take(self.store, self.directory, self.agents, self.clock.now())

    async def sweep(self) -> list[Finding]:
        """What is stuck, see :mod:`acd.sweeper`."""
        queues = [queue.name for queue in self.directory.queues()]
        return await sweep(self.store, self.clock.now(), queues=queues)

    async def close(self) -> None:
        """Stop matching, forget timers and end what runs. Nothing of the state
        changes: another start goes on from it."""
        await self.wholes.end()
        self.store.on_given_up = None
        self.store.on_written = None
        self.board = None
        await self.timers.close()
        await self.feed.close()
        await self.leadership.rest()
        await self.tasks.close()
        await self.store.close()
        await self.leadership.close()


if TYPE_CHECKING:
    _: type[DriverEvents] = Router
