"""What there was no time for is recognised from the recording: real sound, real model."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact_states import ContactState
from acd.records.queries import ContactHistory
from acd.records.tables import ContactRow
from app.hearing.after_call import AfterCallPass
from app.hearing.live_log import LiveLog
from app.hearing.recorded_sound import PIECE_SECONDS, RecordedSound
from app.hearing.tables import TranscriptWork
from app.hearing.transcripts import Line, TranscriptStore
from app.migrate import upgrade
from app.recordings.files import RecordingFiles
from app.recordings.keys import RecordingKeys
from app.recordings.ledger import Ledger
from config.model import Settings
from config.secrets import Secrets
from core.clock import ManualClock, to_epoch
from core.database import create_engine
from core.events import EventBus
from core.redis import Keys
from media import tones, wav
from media.demo.utterances import FOLDER
from media.models.bundled import bundled
from media.recognition.listener import Listener
from media.recording.sound import open_sound
from media.understanding.masking import Policy
from tests.app.hearing.conftest import AT, KnownContact

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ctranslate2") is None, reason="the extra 'speech' is missing"
)


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite:///{tmp_path}/parley.db"
    await upgrade(url)
    engine = create_engine(url)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener([m for m in bundled() if m.name == "whisper-base"], workers=1)
    await made.start()
    assert made.problem is None
    yield made
    await made.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(AT + timedelta(minutes=5))


class Place:
    """An installation's recordings, and the pass over them."""

    def __init__(self, engine: AsyncEngine, folder: Path, listener: Listener, clock: ManualClock):
        self.engine, self.folder, self.clock = engine, folder, clock
        self.store = TranscriptStore(engine)
        self.ledger = Ledger(engine, "main")
        keys = RecordingKeys(Secrets(folder, environ={}), encrypted=False)
        self.after_call = AfterCallPass(
            Settings(), store=self.store, history=ContactHistory(engine), ledger=self.ledger,
            files=RecordingFiles(folder, keys), listener=listener, policy=Policy(), clock=clock,
            look_seconds=0.05,
        )  # fmt: skip

    async def record(self, contact: str, customer: str, agent: str, **fields: Any) -> None:
        """A finished recording of two sentences, the agent's first."""
        said = [
            np.concatenate([tones.silence(before), wav.read_telephone(FOLDER / f"{name}.wav")])
            for before, name in ((6.0, customer), (1.0, agent))
        ]
        length = max(map(len, said))
        sound = np.stack([np.pad(s, (0, length - len(s))) for s in said], axis=1)
        path = self.folder / contact / "rec.wav"
        path.parent.mkdir()
        wav.write(path, sound, rate=tones.RATE)
        recording = {
            "id": f"rec_{contact[4:]}", "path": f"{contact}/rec.wav", "state": "finished",
            "agent_id": "anna", "started_at": to_epoch(AT), "seconds": length / tones.RATE,
            "ended_at": to_epoch(AT) + length / tones.RATE, **fields,
        }  # fmt: skip
        await self.ledger.keep(contact, recording)

    async def end(self, contact: str) -> None:
        async with self.engine.begin() as connection:
            values = {"state": ContactState.ENDED.value, "ended_at": AT, "language": "en"}
            await connection.execute(
                update(ContactRow).where(ContactRow.id == contact).values(**values)
            )

    async def work(self, contact: str, at: datetime, leg: str = "customer") -> None:
        whole = leg == ""
        values = {
            "contact_id": contact, "n": 3, "leg": leg, "leg_id": "" if whole else "leg-1",
            "utterance": 0 if whole else 3, "language": "", "started_at": at,
            "ended_at": at + timedelta(seconds=4), "state": "pending", "attempts": 0,
            "noted_at": self.clock.now(),
        }  # fmt: skip
        await self.store.write([(TranscriptWork, values)])


@pytest.fixture
def place(engine: AsyncEngine, tmp_path: Path, listener: Listener, clock: ManualClock) -> Place:
    return Place(engine, tmp_path, listener, clock)


async def test_one_utterance_once_the_contact_has_ended(
    place: Place, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    await place.work(contact, AT + timedelta(seconds=6))
    assert await place.after_call.look() == 0  # they talk on
    await place.end(contact)
    assert await place.after_call.look() == 0  # the recording is not there yet
    await place.record(contact, "en/customer-lost-card", "en/agent-greeting")
    assert await place.after_call.look() == 1
    (line,) = await place.store.lines(contact)
    assert "lost" in line.text.lower()
    assert (line.leg, line.leg_id, line.utterance) == ("customer", "leg-1", 3)
    assert line.source == "after_call"
    assert await place.after_call.look() == 0


async def test_a_whole_conversation_takes_the_place_of_what_was_live(
    place: Place, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    start = AT + timedelta(seconds=6)
    await place.store.add(
        Line(
            contact_id=contact, leg="customer", leg_id="leg-1", utterance=1, text="lust cart",
            started_at=start, ended_at=start + timedelta(seconds=4),
        )
    )  # fmt: skip
    await place.record(contact, "en/customer-card-number", "en/agent-card")
    await place.end(contact)
    await place.work(contact, AT, leg="")
    assert await place.after_call.look() == 1
    lines = await place.store.lines(contact)
    assert lines[0].leg == "agent"
    assert lines[0].agent_id == "anna"
    assert "card" in lines[0].text
    spoken = "".join(line.text for line in lines if line.leg == "customer")
    assert "lust" not in spoken
    assert "•" in spoken
    for group in ("4539", "1488", "0343"):
        assert group not in spoken
    assert len(await place.store.lines(contact, superseded=True)) == len(lines) + 1


async def test_what_was_not_recorded_is_given_up(place: Place, known_contact: KnownContact) -> None:
    contact = await known_contact()
    await place.work(contact, AT + timedelta(seconds=6))
    await place.end(contact)
    assert await place.after_call.look() == 0  # it may still come
    place.clock.advance(3600)
    assert await place.after_call.look() == 1
    assert await place.store.pending() == 0


async def test_another_nodes_recording_is_left_to_it(
    place: Place, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    await place.work(contact, AT + timedelta(seconds=6))
    await place.record(contact, "en/customer-lost-card", "en/agent-greeting")
    await place.end(contact)
    place.ledger.node = "elsewhere"
    assert await place.after_call.look() == 0
    assert await place.store.pending() == 1


async def test_it_works_by_itself_and_goes_on_after_a_restart(
    place: Place, known_contact: KnownContact
) -> None:
    contact = await known_contact()
    await place.work(contact, AT + timedelta(seconds=6))
    place.after_call.start()
    await place.after_call.close()  # killed before anything could be done
    await place.record(contact, "en/customer-lost-card", "en/agent-greeting")
    await place.end(contact)
    again = Place(place.engine, place.folder, place.after_call._listener, place.clock)
    again.after_call.start()
    async with asyncio.timeout(60):
        while await place.store.pending():
            await asyncio.sleep(0.05)
    await again.after_call.close()
    assert len(await place.store.lines(contact)) == 1


def test_pieces_of_a_long_recording_end_where_it_is_quiet(tmp_path: Path) -> None:
    """Quiet: ten minutes less five seconds."""
    quiet_at = PIECE_SECONDS - 5
    speech = tones.tone([440], PIECE_SECONDS + 30)
    speech[round(quiet_at * 8000) : round((quiet_at + 1) * 8000)] = 0
    wav.write(tmp_path / "long.wav", np.stack([speech, speech], axis=1), rate=tones.RATE)
    sound = open_sound(tmp_path / "long.wav", None, "rec")
    recorded = RecordedSound(sound)
    first = recorded.piece(0, 0.0)
    assert quiet_at < first.end < quiet_at + 1
    second = recorded.piece(1, first.end)
    assert second.end == recorded.seconds == PIECE_SECONDS + 30
    assert len(first.samples) + len(second.samples) == len(speech)
    sound.close()


def test_music_on_hold_is_no_speech_of_the_agent(tmp_path: Path) -> None:
    """Recorded is what the customer hears; on hold the agent's side is given as silence."""
    speech = tones.tone([440], 10)
    wav.write(tmp_path / "hold.wav", np.stack([speech, speech], axis=1), rate=tones.RATE)
    sound = open_sound(tmp_path / "hold.wav", None, "rec")
    recorded = RecordedSound(sound, {1: [(2.0, 4.0), (9.0, 20.0)]})
    agent = recorded.cut(1, 1.0, 10.0).samples
    loud = [bool(np.abs(agent[n * 8000 : (n + 1) * 8000]).max()) for n in range(9)]
    assert loud == [True, False, False, True, True, True, True, True, False]
    assert (
        np.abs(recorded.cut(0, 2.0, 4.0).samples).min() == 0 < recorded.cut(0, 2, 4).samples.max()
    )
    sound.close()


@pytest.mark.parametrize("leg", ["customer", ""], ids=["one utterance", "the whole"])
async def test_a_number_that_is_found_now_is_told_to_whoever_keeps_recordings(
    place: Place, known_contact: KnownContact, redis: Redis, leg: str
) -> None:
    live_log = LiveLog(redis, Keys("test"), EventBus(), place.clock)
    place.after_call._live_log = live_log
    contact = await known_contact()
    await place.record(contact, "en/customer-card-number", "en/agent-card")
    await place.end(contact)
    await place.work(contact, AT + timedelta(seconds=6), leg=leg)
    assert await place.after_call.look() == 1
    found = [e for e in await live_log.read(contact) if e.type == "sensitive.found"]
    assert found
    for event in found:
        assert event.data["leg"] == "customer"
        begins, ends = event.data["from"] - to_epoch(AT), event.data["to"] - to_epoch(AT)
        assert 6.0 < begins < ends < 25.0
    # The number lasts for some seconds.
    assert sum(e.data["to"] - e.data["from"] for e in found) > 3.0
    await live_log.close()
