"""Two hundred callers at once and two agents: everybody gets a defined outcome."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path

from acd.agent_states import AgentState
from acd.model import EndReason
from acd.records.queries import ContactHistory
from agent_softphone.phone_errors import PhoneError
from agent_softphone.remote_call import Call
from core import process as processes
from core.ports import PortBlock
from core.tasks import TaskOwner
from sip.asterisk.programs import Programs
from tests.support.installation import TRUNK, AgentDesk, Centre, Installation
from tests.support.sipp import callers
from tests.support.wait import until

COUNT = 200


async def _serve(centre: Centre, desk: AgentDesk) -> None:
    """Answer each call, and hang up when it is joined."""
    while True:
        with suppress(PhoneError):
            call = await desk.phone.next_incoming(timeout=60)
            before = _joined(centre, desk)
            await call.answer()
            await until(partial(_joined_or_over, centre, desk, call, before), 15, "a joined call")
            await call.hangup()


def _joined(centre: Centre, desk: AgentDesk) -> int:
    return sum(e.type == "contact.connected" and e.agent_id == desk.id for e in centre.events)


def _joined_or_over(centre: Centre, desk: AgentDesk, call: Call, before: int) -> bool:
    return call.state == "disconnected" or _joined(centre, desk) > before


async def test_two_hundred_at_once(
    installation: Installation, programs: Programs, port_block: PortBlock, tmp_path: Path
) -> None:
    centre = await installation({"sip.rtp_first": "40000", "sip.rtp_last": "41999"})
    # A machine that is busy with all this may let the writer wait; it tries again.
    centre.expected_errors.add("records.write_failed")
    desks = [await centre.agent(name) for name in ("alice", "bob")]
    tasks = TaskOwner("agents")
    for desk in desks:
        tasks.start(_serve(centre, desk), name=desk.id)
    running = [
        await callers(
            programs, tmp_path, number="4000", count=COUNT // 2, patience=patience,
            port=port_block.take(), sip_port=centre.asterisk.sip_port, user=TRUNK,
            password=centre.asterisk.trunk_password(TRUNK),
        )
        for patience in (3, 6)
    ]  # fmt: skip
    try:
        for sipp in running:
            assert await asyncio.wait_for(sipp.wait(), 60) == 0
    finally:
        for sipp in running:
            await processes.stop(sipp)

    def all_over() -> bool:
        return sum(event.type == "contact.ended" for event in centre.events) == COUNT

    await until(lambda: all_over() or None, 20, "the end of all contacts")
    await centre.wait_quiet()
    await tasks.close()
    for desk in desks:
        await centre.wait_agent_not(desk.id, AgentState.OFFERED, AgentState.BUSY)
    assert await centre.server.writer.drain(20)
    ids = {event.contact_id for event in centre.events if event.type == "contact.arrived"}
    assert len(ids) == COUNT
    history = ContactHistory(centre.server.engine)
    reasons: Counter[str] = Counter()
    for contact in ids:
        assert contact is not None
        record = await history.get(contact)
        assert record.contact.state == "ended"
        assert all(segment.ended_at is not None for segment in record.segments)
        reasons[str(record.contact.end_reason)] += 1
    served = reasons[EndReason.AGENT_HUNG_UP] + reasons[EndReason.CUSTOMER_HUNG_UP]
    waited = reasons[EndReason.ABANDONED_IN_QUEUE] + reasons[EndReason.ABANDONED_IN_IVR]
    assert served + waited == COUNT, reasons
    assert served >= 4, reasons
