"""The small parts: agreement, queues, choice, load, gates, grammar, vocabulary, features."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from media.models.bundled import bundled
from media.models.model import Kind as ModelKind
from media.models.model import Model
from media.recognition import gates, mel
from media.recognition.agreement import Agreement
from media.recognition.choice import Chooser
from media.recognition.contract import Degraded, Heard, Kind, Level, Use
from media.recognition.engine import Decoded, Request, Word
from media.recognition.errors import SpeechOverloaded, SpeechUnavailable
from media.recognition.event_queue import EventQueue
from media.recognition.grammar import BadGrammar, Grammar
from media.recognition.job_queue import (
    CROWD,
    LATEST,
    MOST_FINALS,
    MOST_PARTIALS,
    Job,
    JobQueue,
    Rank,
)
from media.recognition.load import LoadGauge
from media.recognition.vocabulary import Vocabulary
from media.vad.turns import Started
from tests.media.recognition.speech import MEDIA, model


def words(text: str) -> list[Word]:
    return [Word(part, i / 2, i / 2 + 0.4, 0.9) for i, part in enumerate(text.split())]


def test_two_hypotheses_that_agree_commit_all_but_the_last_word() -> None:
    agreement = Agreement()
    assert agreement.feed(words("I have")) == []
    assert [w.text for w in agreement.feed(words("I have lost my"))] == ["I", "have"]
    assert agreement.feed(words("I have cost me the")) == []
    assert [w.text for w in agreement.feed(words("I have cost, me the card"))] == [
        "cost,",
        "me",
        "the",
    ]
    assert agreement.feed(words("You have cost me the card now")) == []  # never taken back
    assert len(agreement.committed) == 5


def job(leg: str, rank: Rank, submitted: float = 0.0) -> Job:
    sound = np.zeros(0, dtype=np.int16)
    future: asyncio.Future[Decoded] = asyncio.get_running_loop().create_future()
    return Job(Request(sound, leg), "m", leg, rank, future, submitted=submitted)


def anyone(job: Job) -> bool:
    return True


async def test_finals_first_and_only_the_newest_partial_of_a_leg() -> None:
    queue = JobQueue()
    older, newer, final, menu = (
        job("a", Rank.PARTIAL, 1), job("a", Rank.PARTIAL, 2), job("b", Rank.FINAL, 3),
        job("c", Rank.MENU_FINAL, 4),
    )  # fmt: skip
    for each in (older, newer, final, menu):
        queue.put(each)
    assert older.answer.cancelled()
    assert [await queue.take(anyone) for _ in range(3)] == [menu, final, newer]
    further, first = job("a", Rank.PARTIAL, 5), job("b", Rank.FIRST_PARTIAL, 6)
    queue.put(further)
    queue.put(first)
    assert [await queue.take(anyone) for _ in range(2)] == [first, further]
    assert queue.dropped == 1


async def test_too_many_partials_drop_the_oldest_and_never_a_final() -> None:
    queue = JobQueue()
    partials = [job(f"l{i}", Rank.PARTIAL, i) for i in range(MOST_PARTIALS + 5)]
    finals = [job(f"f{i}", Rank.FINAL, i) for i in range(MOST_FINALS)]
    for each in (*partials, *finals):
        queue.put(each)
    assert [p.answer.cancelled() for p in partials] == [True] * 5 + [False] * MOST_PARTIALS
    assert not any(f.answer.cancelled() for f in finals)
    with pytest.raises(SpeechOverloaded):
        queue.put(job("one too many", Rank.FINAL))
    queue.put(job("after the call", Rank.LATER))


async def test_a_job_waits_for_the_process_that_may_take_it() -> None:
    queue = JobQueue()
    queue.put(job("a", Rank.FINAL))
    taking = asyncio.ensure_future(queue.take(lambda j: j.leg == "b"))
    wanted = job("b", Rank.FINAL)
    queue.put(wanted)
    assert await asyncio.wait_for(taking, 5) is wanted
    assert len(queue) == 1


async def test_a_slow_reader_loses_partials_and_nothing_else() -> None:
    queue = EventQueue(bound=4)
    queue.put(Started(1, 0.0))
    for number in range(6):
        queue.put(Heard(Kind.PARTIAL, "l", 1, 0, number))
    for number in range(6):
        queue.put(Heard(Kind.FINAL, "l", number, 0, number))
    queue.close()
    found = [item async for item in queue]
    assert isinstance(found[0], Started)
    assert [e.kind for e in found[1:] if isinstance(e, Heard)] == [Kind.FINAL] * 6
    assert queue.dropped == 6


def vosk(name: str, language: str) -> Model:
    return Model(name=name, kind=ModelKind.VOSK, folder=MEDIA, languages=(language,))


def test_who_recognises_what() -> None:
    chooser = Chooser([vosk("vosk-model-small-de", "de"), *bundled()])
    assert chooser.plan("zh", Use.LIVE).model == "whisper-base"
    assert chooser.plan("en", Use.LIVE).model == "whisper-base"
    assert chooser.plan(None, Use.LIVE).model == "whisper-base"
    assert chooser.plan("de", Use.LIVE).model == "vosk-model-small-de"
    later = chooser.plan("de", Use.AFTER_CALL, Level.AFTER_CALL)
    assert (later.model, later.thorough, later.live) == ("whisper-base", True, True)
    with pytest.raises(SpeechUnavailable, match="zh"):
        Chooser([model("whisper-tiny.en")]).plan("zh", Use.LIVE)


def test_what_is_left_out_by_load() -> None:
    chooser = Chooser(bundled())
    plans = [chooser.plan("en", Use.LIVE, level) for level in Level]
    assert [p.partials for p in plans] == [True, False, False, False]
    assert [p.live for p in plans] == [True, True, True, False]
    assert [p.model for p in plans] == ["whisper-base"] * 2 + ["whisper-tiny.en"] * 2
    assert all(chooser.plan("en", Use.MENU, level).live for level in Level)
    assert chooser.plan("zh", Use.LIVE, Level.CHEAPER).model == "whisper-base"


def test_load_goes_down_step_by_step_and_comes_back_slowly() -> None:
    told: list[Degraded] = []
    gauge = LoadGauge(told.append)
    at = 0.0

    def spend(seconds: float, wait: float) -> None:
        nonlocal at
        for _ in range(round(seconds / 0.25)):
            at += 0.25
            gauge.waited(wait)
            gauge.look(at, 0.0)

    spend(1.5, 1.0)
    assert told == []  # a moment is no load
    spend(1.0, 1.0)
    assert [d.level for d in told] == [Level.NO_PARTIALS]
    spend(3.0, 1.0)
    spend(20.0, 1.0)  # a second late is no reason to give up
    levels = [Level.NO_PARTIALS, Level.CHEAPER]
    assert [d.level for d in told] == levels
    gauge.gave_up(20)
    spend(3.0, 3.0)
    spend(8.0, 3.0)
    assert [d.level for d in told] == levels  # most come: better late than not at all
    for _ in range(44):
        gauge.gave_up(4)
        spend(0.25, 3.0)
    spend(9.0, 0.0)
    assert [d.level for d in told] == [*levels, Level.AFTER_CALL]
    spend(30.0, 0.0)
    assert [d.level for d in told[3:]] == [Level.CHEAPER, Level.NO_PARTIALS, Level.ALL]
    assert all(d.reason for d in told)


async def test_a_final_that_waits_too_long_is_given_back() -> None:
    queue = JobQueue()
    late, menu, later, fresh = (
        job("a", Rank.FINAL, 1), job("b", Rank.MENU_FINAL, 1), job("c", Rank.LATER, 1),
        job("d", Rank.FINAL, 4),
    )  # fmt: skip
    for each in (late, menu, later, fresh):
        queue.put(each)
    assert queue.give_up(1 + LATEST) == 0
    assert queue.give_up(2 + LATEST, since=2) == 0  # there was no process until then
    assert queue.give_up(1.1 + LATEST) == 1
    with pytest.raises(SpeechOverloaded):
        await late.answer
    assert [await queue.take(anyone) for _ in range(3)] == [menu, fresh, later]


async def test_of_too_many_finals_the_newest_goes_first() -> None:
    queue = JobQueue()
    finals = [job(str(n), Rank.FINAL, n) for n in range(CROWD + 2)]
    menu = job("m", Rank.MENU_FINAL, 99)
    for each in (*finals, menu):
        queue.put(each)
    taken = [await queue.take(anyone) for _ in range(CROWD + 3)]
    assert taken == [menu, finals[-1], finals[-2], *finals[:CROWD]]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" 4 4 4 4 4 4 4", " 4"),
        (" Mr. Quilter. Mr. Quilter. Mr", " Mr. Quilter"),
        (" Please. Please. Please. Please.", " Please"),
        ("打开我的打开我的打开", "打开我的"),
        (" I have lost my card", " I have lost my card"),
        (" It is 1000 or 2000", " It is 1000 or 2000"),
        ("", ""),
    ],
)
def test_a_partial_ends_where_it_goes_round_in_circles(text: str, kept: str) -> None:
    assert gates.before_repeat(text) == kept


@pytest.mark.parametrize(
    ("text", "score", "unsure"),
    [
        ("打开我", -1.5, False),
        ("打开我", -1.7, True),
        ("以下是普通", -1.1, True),  # it says what it was given
        ("以下是普通", -0.4, False),
        ("a word after another word and one more and another", -0.2, True),  # in 0.7 s
    ],
)
def test_which_partials_are_not_shown(text: str, score: float, unsure: bool) -> None:
    assert gates.unsure_partial(text, score, 0.7, "以下是普通话的句子。") is unsure


@pytest.mark.parametrize(
    ("text", "facts", "reason"),
    [
        (" ...", {}, "no_words"),
        ("[Music]", {}, "no_words"),
        ("（音乐）", {}, "no_words"),
        ("Thank you for watching!", {"score": -0.4}, "subtitle"),
        ("字幕由志愿者提供", {"score": -0.4}, "subtitle"),
        ("you", {"no_speech": 0.5}, "filler"),
        ("Hello there", {"no_speech": 0.8, "score": -1.3}, "no_speech"),
        ("a b c d e f g h " * 6, {}, "loop"),
        ("A quick brown fox jumps over the lazy dog near the river bank", {"seconds": 0.3},
         "too_much_text"),
        ("yes", {"voiced": 0.05}, "too_short"),
        ("yes", {"voiced": 0.3, "score": -1.0}, "doubtful"),
        ("Thank you for watching my house", {"score": -0.1}, ""),
        ("I lost my card", {}, ""),
    ],
)  # fmt: skip
def test_what_is_made_up(text: str, facts: dict[str, float], reason: str) -> None:
    common: dict[str, float] = {"score": -0.3, "no_speech": 0.1, "seconds": 3.0, **facts}
    voiced = common.pop("voiced", 1.5)
    assert gates.refuse(text, voiced=voiced, **common) == reason


def test_what_whisper_repeats_of_its_prompt() -> None:
    assert gates.without_prompt("好的以下是普通话的句子。", "以下是普通话的句子。") == "好的以下是"
    assert gates.without_prompt("你好", "以下是普通话的句子。") == "你好"
    assert gates.without_prompt("hello", "") == "hello"


def test_grammars_are_read() -> None:
    assert Grammar.parse("digits") == Grammar.digits()
    assert Grammar.parse("digits:4") == Grammar.digits(4, 4)
    assert Grammar.parse("digits:1-6") == Grammar.digits(1, 6)
    assert Grammar.parse("yes| no |yes").phrases == ("yes", "no")
    assert Grammar.from_dict(Grammar.parse("yes|no").as_dict()) == Grammar.parse("yes|no")


@pytest.mark.parametrize(
    "text", ["", "yes||no", "digits:0", "digits:6-2", "digits:99", "|".join(map(str, range(300)))]
)
def test_grammars_that_cannot_be(text: str) -> None:
    with pytest.raises(BadGrammar):
        Grammar.parse(text)


def test_text_to_tokens_and_back() -> None:
    folder = model("whisper-base").folder
    vocabulary = Vocabulary.of_files(
        (folder / "vocabulary.json").read_bytes(), (folder / "tokenizer.json").read_bytes
    )
    # As the reference implementation splits them.
    assert vocabulary.encode(" opening hours") == [5193, 2496]
    assert vocabulary.encode("以下是普通话的句子。") == [
        3588, 4438, 1541, 29993, 19550, 21596, 1546, 34592, 7626, 1543,
    ]  # fmt: skip
    for text in ("查询余额", " check my balance 12, please.", "café ñ 1.5%"):
        assert vocabulary.text(vocabulary.encode(text)) == text


def test_features_of_silence_and_of_a_tone() -> None:
    silence = mel.features(np.zeros(16000, dtype=np.float32), 100)
    assert silence.shape == (80, 100)
    assert np.allclose(silence, -1.5)
    times = np.arange(16000, dtype=np.float32) / 16000
    tone = mel.features(np.sin(2 * np.pi * 1000 * times).astype(np.float32), 100)
    band = int(tone.mean(axis=1).argmax())
    assert 24 <= band <= 29  # 1 kHz lies in the 27th of 80 bands
