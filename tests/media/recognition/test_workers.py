"""Recognition processes that die, hang, cannot start, or have too much to do."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from media import tones
from media.models.errors import ModelDamaged
from media.recognition.contract import Heard, Kind, Level
from media.recognition.engine import Request
from media.recognition.errors import RecognitionFailed, SpeechUnavailable
from media.recognition.feeding import to_frames
from media.recognition.job_queue import Job, Rank
from media.recognition.listener import Listener
from media.recognition.workers import WorkerPool
from tests.media.recognition.speech import collect, listening, model, say, speech, texts
from tests.support.wait import until

TINY = "whisper-tiny.en"


async def test_a_process_killed_in_mid_word_costs_no_word() -> None:
    """What was said before and after is there, and the new process is up in a second
    (three are granted to a machine that runs other tests)."""
    first, second = speech("en/customer-lost-card"), speech("en/customer-app-login")
    frames = to_frames(np.concatenate([first, tones.silence(1), second, tones.silence(1)]), 8000)
    async with listening() as listener:
        pool = listener.pool
        recognizer = await listener.recognizer("leg", language="en")
        events = asyncio.ensure_future(collect(recognizer))
        killed: float | None = None
        for frame in frames:
            recognizer.feed(frame)
            if killed is None and frame.at > 2.0:
                os.kill(pool.pids[0], signal.SIGKILL)
                killed = time.monotonic()
            await asyncio.sleep(0)
        await until(lambda: pool.pids or None, 10, "the new process")
        assert killed is not None
        assert time.monotonic() - killed < 3
        await recognizer.finish()
        heard = texts(await events)
    assert len(heard) == 2
    assert "credit card" in heard[0]
    assert "app" in heard[1].lower()
    assert pool.counters.lost == 1
    assert pool.counters.started == 2


async def test_a_process_killed_while_it_decodes_and_another_takes_over() -> None:
    pool = WorkerPool([model(TINY)], workers=2, preload=[TINY])
    await pool.start()
    try:
        await until(lambda: len(pool.pids) == 2 or None, 30, "both processes")
        sound = np.zeros(16000 * 25, dtype=np.int16)
        asked = [Request(sound, str(i), "en", thorough=True) for i in range(2)]
        jobs = [pool.submit(r, TINY, leg=r.utterance, rank=Rank.LATER) for r in asked]
        await until(lambda: all(job.attempts for job in jobs) or None, 5, "both at work")
        os.kill(pool.pids[0], signal.SIGKILL)
        answers = await asyncio.gather(*(job.answer for job in jobs))
        assert len(answers) == 2
        assert sorted(job.attempts for job in jobs) == [1, 2]
    finally:
        await pool.close()


async def test_processes_give_way_to_calls() -> None:
    pool = WorkerPool([model(TINY)], workers=1, preload=[TINY])
    await pool.start()
    try:
        wanted = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)
        (pid,) = pool.pids
        assert os.getpriority(os.PRIO_PROCESS, pid) == wanted
        session = Path(f"/proc/{pid}/autogroup")
        if session.exists():  # Linux schedules by session
            assert session.read_text().split()[-1] == str(wanted)
    finally:
        await pool.close()


def _tried(job: Job, times: int) -> bool | None:
    return job.attempts == times or None


async def test_an_utterance_that_kills_three_processes_is_given_up() -> None:
    pool = WorkerPool([model(TINY)], workers=1, preload=[TINY])
    await pool.start()
    try:
        request = Request(np.zeros(16000 * 28, dtype=np.int16), "u", "en", thorough=True)
        job = pool.submit(request, TINY, leg="x", rank=Rank.LATER)
        for attempt in (1, 2, 3):
            await until(partial(_tried, job, attempt), 20, "the next attempt")
            os.kill(pool.pids[0], signal.SIGKILL)
        with pytest.raises(RecognitionFailed):
            await asyncio.wait_for(job.answer, 10)
    finally:
        await pool.close()


async def test_a_damaged_model_is_said_at_once_and_the_call_goes_on(tmp_path: Path) -> None:
    for file in model(TINY).folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:100_000])
    damaged = replace(model(TINY), name="whisper-base", folder=tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    listener = Listener([damaged], workers=1)
    await listener.start()
    assert isinstance(listener.problem, ModelDamaged)
    assert "tokenizer.json" in listener.problem.message
    events = await say(listener, speech("en/customer-lost-card"), language="en")
    heard = [e for e in events if isinstance(e, Heard)]
    assert [h.kind for h in heard] == [Kind.DEFERRED]
    assert heard[0].end > 3
    await listener.close()


async def test_weights_cut_short_are_noticed_by_the_engine(tmp_path: Path) -> None:
    for file in model(TINY).folder.iterdir():
        data = file.read_bytes()
        (tmp_path / file.name).write_bytes(
            data[: len(data) // 2] if file.suffix == ".bin" else data
        )
    cut = replace(model(TINY), folder=tmp_path)
    pool = WorkerPool([cut], workers=1, preload=[TINY])
    starting = asyncio.ensure_future(pool.start())
    problem = await until(lambda: pool.problem or None, 20, "the problem")
    assert problem
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await pool.close()


async def test_wrong_weights_of_the_right_size(tmp_path: Path) -> None:
    base = model("whisper-base")
    first = bytearray(base.parts[0].read_bytes())
    first[1_000_000] ^= 1
    (tmp_path / base.parts[0].name).write_bytes(first)
    changed = replace(base, parts=(tmp_path / base.parts[0].name, base.parts[1]))
    with pytest.raises(ModelDamaged, match="checksum"):
        await WorkerPool([changed], workers=1, preload=["whisper-base"]).start()


async def test_no_model_at_all() -> None:
    listener = Listener([])
    await listener.start()
    assert isinstance(listener.problem, SpeechUnavailable)
    await listener.close()


async def test_a_language_nobody_speaks_is_left_for_later() -> None:
    async with listening([model(TINY)]) as listener:
        events = await say(listener, speech("zh-CN/customer-lost-card"), language="zh")
    assert {e.kind for e in events if isinstance(e, Heard)} == {Kind.DEFERRED}


async def test_less_is_done_level_by_level() -> None:
    sound = speech("en/customer-lost-card")
    async with listening(level=Level.NO_PARTIALS) as listener:
        events = await say(listener, sound, language="en")
        assert {e.kind for e in events if isinstance(e, Heard)} == {Kind.FINAL}
    async with listening(level=Level.CHEAPER) as listener:
        events = await say(listener, sound, language="en")
        assert {e.engine for e in events if isinstance(e, Heard)} == {TINY}
    async with listening(level=Level.AFTER_CALL) as listener:
        events = await say(listener, sound, language="en")
        assert {e.kind for e in events if isinstance(e, Heard)} == {Kind.DEFERRED}
