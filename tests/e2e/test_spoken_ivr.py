"""Self-service that speaks and understands: real phones, real Asterisk, real recognition."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from acd.model import Contact
from agent_softphone.remote_call import Call
from media import tones, wav
from media.audio.frame import RATE
from media.audio.resample import convert
from media.prompts.catalogue import FOLDER
from media.recognition.engine import Request
from media.recognition.job_queue import Rank
from media.understanding.normalise import normalise
from sip.voice.legs import Role
from tests.support import hearing
from tests.support.heard import needs_speech, said
from tests.support.hearing import Samples
from tests.support.installation import Centre, Installation
from tests.support.spoken import Voice, needs_voices, voice  # noqa: F401
from tests.support.talk import answer
from tests.support.wait import until

CONFIG = Path(__file__).parents[1] / "support" / "speaking_company" / "parley.yaml"
PATIENCE = 40.0
_TIMES = 3

pytestmark = [needs_speech, needs_voices, pytest.mark.timeout(240)]


def _traced(centre: Centre, event: str, **wanted: object) -> bool:
    return any(
        line["event"] == event and all(line.get(k) == v for k, v in wanted.items())
        for line in centre.log_lines
    )


async def _company(installation: Installation, **overrides: str) -> Centre:
    """An installation that is ready to listen."""
    centre = await installation(overrides, config=CONFIG)
    questions = centre.server.questions
    if questions is not None:
        await until(lambda: questions.hears("en"), PATIENCE, "models")
    return centre


async def _asks(centre: Centre, call: Call, node: str) -> None:
    """Wait until the flow asks, and the caller is heard."""
    await until(lambda: _traced(centre, "ivr.node_entered", node=node), PATIENCE, node)
    await call.hear_sound(PATIENCE)
    await until(
        lambda: any(leg.role is Role.TAP and leg.up for leg in centre.server.legs)
        or any(e.type == "hearing.started" for e in centre.events),
        PATIENCE, "the tap",
    )  # fmt: skip


async def _queued(centre: Centre) -> Contact:
    event = await centre.wait_event("contact.queued", timeout=PATIENCE)
    assert event.contact_id is not None
    return await centre.server.router.contacts.get(event.contact_id)


async def _says(call: Call, file: Path, heard: Callable[[], object], what: str) -> None:
    """Have the caller say it until it is understood, as people do: a busy machine may
    take its time."""
    for _ in range(_TIMES):
        await call.play(file)
        with suppress(AssertionError):
            await until(heard, PATIENCE / 2, what)
            return
    raise AssertionError(f"said {_TIMES} times in vain: {what}")


@pytest.mark.parametrize(
    ("number", "language", "text", "queue"),
    [
        ("4001", "en", "sales please", "sales"),
        ("4002", "zh-CN", "我要投诉", "complaints"),
    ],
)
async def test_a_spoken_choice_leads_to_its_queue(
    installation: Installation, voice: Voice, number: str, language: str, text: str, queue: str  # noqa: F811
) -> None:  # fmt: skip
    """Over the prompt, which stops; afterwards nothing listens any more."""
    centre = await _company(installation)
    call = await centre.call(number)
    await _asks(centre, call, "main")
    queued = partial(_count, centre, "contact.queued")
    await _says(call, await voice.file(text, language), queued, text)
    contact = await _queued(centre)
    assert contact.queue == queue
    assert contact.language == language
    assert not [leg for leg in centre.server.legs if leg.role is Role.TAP]
    assert _traced(centre, "ivr.choice_made", spoken=True)
    assert not [line for line in centre.log_lines if text in str(line)]
    talk = await answer(centre, await centre.agent("alice"), call)
    await talk.caller.hangup()
    await talk.over()


async def test_digits_are_said_in_two_breaths(installation: Installation, voice: Voice) -> None:  # noqa: F811
    centre = await _company(installation)
    call = await centre.call("4006")
    await _asks(centre, call, "account")
    await call.play(await voice.file("one two three four", "en"))
    await until(lambda: _count(centre, "turn.ended") == 1, PATIENCE, "the first breath")
    await call.play(await voice.file("five six", "en"))
    contact = await _queued(centre)
    assert contact.attributes["account"] == "123456"
    await call.hangup()


async def test_an_open_question_leads_where_the_intent_does(installation: Installation) -> None:
    centre = await _company(installation)
    call = await centre.call("4003")
    await _asks(centre, call, "why")
    queued = partial(_count, centre, "contact.queued")
    await _says(call, said("customer-lost-card"), queued, "what is wanted")
    contact = await _queued(centre)
    assert (contact.queue, contact.attributes["request"]) == ("operator", "lost-card")
    await call.hangup()


async def _heard_at(call: Call, file: Path, stop: Callable[[], object], what: str) -> Samples:
    """What the phone hears until ``stop``."""
    await until(stop, PATIENCE, what)
    await call.stop_record()
    return hearing.load(file)


async def test_speech_stops_the_prompt_and_noise_does_not(
    installation: Installation, voice: Voice, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    """The end of the prompt is heard in spite of the noise, and not when somebody spoke."""
    centre = await _company(installation)
    prompt = hearing.load(FOLDER / "en" / "main-menu.wav")
    ending = prompt[-hearing.RATE * 2 :]
    rng = np.random.default_rng(7)
    noise = tmp_path / "noise.wav"
    hiss = (rng.standard_normal(3 * tones.RATE) * 900).astype(np.int16)
    knocks = tones.silence(3.0)
    for at in (0.3, 0.9, 1.0, 2.1):  # a door, somebody's cup
        knock = rng.standard_normal(800) * 9000 * np.exp(-np.arange(800) / 120)
        begin = int(at * tones.RATE)
        knocks[begin : begin + 800] += knock.astype(np.int16)
    wav.write(noise, hiss + knocks, rate=tones.RATE)

    call = await centre.call("4001")
    heard_file = tmp_path / "noisy.wav"
    await call.record(heard_file)
    await _asks(centre, call, "main")
    await call.play(noise)
    # In the noise's despite they are asked to the end, and then once more.
    sound = await _heard_at(
        call, heard_file, lambda: _traced(centre, "ivr.input_missing"), "time is up"
    )
    assert hearing.find(ending, sound) is not None
    assert not _traced(centre, "ivr.choice_made")
    await call.hangup()

    call = await centre.call("4001")
    heard_file = tmp_path / "spoken.wav"
    await call.record(heard_file)
    await until(lambda: _count(centre, "hearing.started") == 2, PATIENCE, "the second tap")
    await call.play(await voice.file("operator please", "en"))
    sound = await _heard_at(
        call, heard_file, lambda: _traced(centre, "ivr.choice_made"), "the choice"
    )
    assert hearing.find(ending, sound) is None
    await call.hangup()


def _count(centre: Centre, event: str) -> int:
    return sum(e.type == event for e in centre.events)


async def test_keys_work_while_recognition_is_killed(
    installation: Installation, voice: Voice  # noqa: F811
) -> None:  # fmt: skip
    centre = await _company(installation)
    assert centre.server.hearing is not None
    pool = centre.server.hearing.listener.pool
    call = await centre.call("4001")
    await _asks(centre, call, "main")
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    await call.dtmf("1")
    assert (await _queued(centre)).queue == "sales"
    await call.hangup()
    await centre.wait_quiet()
    # A new process is there: the next one is understood again.
    await until(lambda: pool.pids, PATIENCE, "a new process")
    again = await centre.call("4001")
    await until(lambda: _count(centre, "hearing.started") == 2, PATIENCE, "the tap")
    file = await voice.file("I have a complaint", "en")
    await _says(again, file, lambda: _count(centre, "contact.queued") == 2, "a complaint")
    last = [e for e in centre.events if e.type == "contact.queued"][-1]
    assert last.contact_id is not None
    assert (await centre.server.router.contacts.get(last.contact_id)).queue == "complaints"
    await again.hangup()


async def test_without_hearing_the_same_flow_takes_keys(installation: Installation) -> None:
    centre = await _company(installation, **{"hearing.enabled": "false"})
    call = await centre.call("4001")
    await until(lambda: _traced(centre, "ivr.node_entered", node="main"), PATIENCE, "the menu")
    await call.dtmf("2")
    assert (await _queued(centre)).queue == "complaints"
    await call.hangup()


@pytest.mark.parametrize(
    ("number", "language", "words"),
    [
        ("4004", "en", ("garden", "7|seven", "wait")),
        ("4005", "zh", ("花园", "7|七", "等")),
    ],
)
async def test_texts_of_a_flow_are_heard(
    installation: Installation, tmp_path: Path, number: str, language: str, words: tuple[str, ...]
) -> None:
    """What was spoken ahead and what was put together for this caller: recorded at the
    phone, and recognised."""
    centre = await _company(installation, **{"synthesis.first_seconds": "25"})
    await until(centre.server.spoken.ready.is_set, PATIENCE, "texts spoken ahead")
    call = await centre.call(number)
    file = tmp_path / "heard.wav"
    await call.record(file)
    await _queued(centre)
    await call.stop_record()
    assert centre.server.hearing is not None
    sound = convert(hearing.load(file).astype(np.int16), tones.RATE, RATE)
    request = Request(sound, "said", language, thorough=True)
    decoded = await centre.server.hearing.listener.pool.run(
        request, "whisper-base", leg="test", rank=Rank.LATER
    )
    text = normalise(decoded.text.lower(), language).lower()
    assert all(any(way in text for way in word.split("|")) for word in words), text
    assert not _traced(centre, "ivr.text_not_spoken")
    await call.hangup()


async def test_where_nothing_can_be_spoken_recorded_prompts_are_heard(
    installation: Installation, tmp_path: Path
) -> None:
    centre = await _company(
        installation, **{"synthesis.enabled": "false", "hearing.enabled": "false"}
    )
    assert _traced(centre, "flow.doubtful")  # told at the start
    call = await centre.call("4004")
    file = tmp_path / "heard.wav"
    await call.record(file)
    await _queued(centre)
    await call.stop_record()
    sound = hearing.load(file)
    first = hearing.find(hearing.load(FOLDER / "en" / "connecting.wav"), sound)
    second = hearing.find(hearing.load(FOLDER / "en" / "please-hold.wav"), sound)
    assert first is not None
    assert second is not None
    assert first < second
    await call.hangup()
