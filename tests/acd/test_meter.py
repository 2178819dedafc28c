"""The figures that Prometheus reads follow from what happened."""

from __future__ import annotations

from acd import meter
from core.metrics import REGISTRY
from tests.support.routing import House


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_counts(house: House) -> None:
    meter.attach(house.bus)
    before = value("parley_offers_total", outcome="rona")
    await house.ready("bo")
    contact_id = await house.customer("vip")
    house.clock.advance(7)
    await house.medium.rings("bo")
    await house.medium.does_not_answer("bo")
    assert value("parley_offers_total", outcome="rona") == before + 1
    await house.router.set_ready("bo")
    await house.medium.rings("bo", contact_id)
    ended = value("parley_contacts_total", medium="voice", reason="customer_hung_up")
    waits = value("parley_queue_wait_seconds_count", queue="vip")
    await house.medium.picks_up("bo")
    await house.medium.talks(contact_id)
    await house.quiet()
    assert value("parley_queue_wait_seconds_count", queue="vip") == waits + 1
    await house.medium.customer_hangs_up(contact_id)
    assert value("parley_contacts_total", medium="voice", reason="customer_hung_up") == ended + 1
