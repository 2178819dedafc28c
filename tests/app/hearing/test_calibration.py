"""What a site learns is kept, and added to what others have learnt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.hearing.agent_leg import AgentLeg, Decision
from app.hearing.calibration import CalibrationStore
from app.hearing.learning import BOUND, LearningCalibration
from app.migrate import upgrade
from core.clock import SystemClock
from core.database import DatabaseUnavailable, create_engine
from media.emotion.model import bundled


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite:///{tmp_path / 'parley.db'}"
    await upgrade(url)
    made = create_engine(url)
    yield made
    await made.dispose()


def store(engine: AsyncEngine, **more: Any) -> CalibrationStore:
    wanted = {"alert_share": 0.05, "precision": 0.7, **more}
    return CalibrationStore(engine, SystemClock(), **wanted)


def hear(calibration: Any, calls: int, *, away: float = 1.0, peak: float = 0.5) -> None:
    for _ in range(calls):
        for _ in range(10):
            calibration.observe_utterance(away)
        calibration.observe_call(peak)


async def test_what_was_learnt_is_there_after_a_restart(engine: AsyncEngine) -> None:
    first = store(engine)
    site = await first.load()
    hear(site, 40, peak=2.5)
    before = (site.calls, site.unusual(2.0), site.population(bundled().population).mean)
    await first.close()
    second = store(engine)
    again = await second.load()
    after = (again.calls, again.unusual(2.0), again.population(bundled().population).mean)
    assert after == pytest.approx(before, abs=1e-3)
    assert second.of("cards") is again


async def test_two_processes_add_to_each_other(engine: AsyncEngine) -> None:
    """Both learn at once and judge at once; nothing is lost, and both end up the same."""
    one, other = store(engine), store(engine)
    sites = [await one.load(), await other.load()]

    async def work(mine: CalibrationStore, site: Any, right: bool) -> None:
        for _ in range(5):
            hear(site, 3)
            await asyncio.gather(mine.learn(), mine.verdict(right=right))

    await asyncio.gather(work(one, sites[0], True), work(other, sites[1], False))
    for mine in (one, other):
        site = await mine.load()
        assert site.calls == 30
        assert site.feedback == {"right": 5, "wrong": 5, "missed": 0}


async def test_verdicts_move_the_threshold_in_the_object_that_is_in_use(
    engine: AsyncEngine,
) -> None:
    mine = store(engine)
    site = await mine.load()
    before = site.threshold
    hear(site, 1)  # not stored yet
    await mine.verdict(right=False)
    raised = site.threshold
    assert raised > before
    await mine.verdict(right=True)
    await mine.miss()
    assert site.threshold < raised
    assert site.calls == 1
    assert site.feedback == {"right": 1, "wrong": 1, "missed": 1}


async def test_while_the_database_is_away_nothing_is_lost(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    mine = store(engine)
    site = await mine.load()
    hear(site, 2)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE site_calibration RENAME TO gone"))
    with pytest.raises(DatabaseUnavailable):
        await mine.learn()
    hear(site, 1)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE gone RENAME TO site_calibration"))
    await mine.learn()
    assert (await store(engine).load()).calls == 3


async def test_what_is_configured_counts_and_what_is_damaged_does_not(
    engine: AsyncEngine,
) -> None:
    mine = store(engine)
    hear(await mine.load(), 2)
    await mine.learn()
    stricter = await store(engine, alert_share=0.01).load()
    assert stricter.alert_share == 0.01
    assert stricter.calls == 2
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE site_calibration SET state = '{\"format\": 9}'"))
    fresh = store(engine)
    assert (await fresh.load()).calls == 0
    await fresh.verdict(right=True)
    assert (await store(engine).load()).feedback["right"] == 1


def test_what_waits_is_bounded() -> None:
    learning = LearningCalibration()
    for n in range(BOUND + 10):
        learning.observe_utterance(float(n))
    taken = learning.take()
    assert len(taken) == BOUND
    assert not learning.learnt
    learning.observe_call(1.0)
    learning.put_back(taken)
    assert learning.take()[-1] == ("call", 1.0)


async def test_who_decided_about_agents_voices(engine: AsyncEngine) -> None:
    mine, other = AgentLeg(engine), AgentLeg(engine, every=0.05)
    other.start()
    assert await mine.load() is None
    assert mine.allowed_by == ""
    now = SystemClock().now()
    for id_, allowed in (("aud_1", True), ("aud_2", False), ("aud_3", True)):
        decision = Decision(
            id=id_, at=now, decided_by="sun.yue", allowed=allowed, reason="Works council agrees."
        )
        await mine.decide(decision)
        assert mine.allowed_by == (id_ if allowed else "")
    async with asyncio.timeout(10):
        while other.allowed_by != "aud_3":
            await asyncio.sleep(0.01)
    await other.close()
