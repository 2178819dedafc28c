"""Through a call: baseline, crossing, calming, reasons, words, and whose voice it may be."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from media.emotion.calibration import SiteCalibration
from media.emotion.errors import BadFrame
from media.emotion.fusion import Sentiment
from media.emotion.leg_policy import Leg, WorkerEmotionOff
from media.emotion.listener import EmotionListener
from media.emotion.model import bundled
from media.emotion.sound_kind import Kind
from media.emotion.stream import FRAME_SAMPLES
from media.emotion.tracker import DOWN, UP, EmotionTracker, Reading
from media.tones import Samples, silence
from tests.media.emotion.voices import agitated, calm
from tests.media.emotion.windows import other, window

CALM = bundled().population.mean
TENSE = CALM + 6.0


def talk(
    tracker: EmotionTracker, seconds: int, tension: float, *, level: float = -24.0, **figures: float
) -> list[Reading]:
    """Utterances of four seconds."""
    last = tracker.last
    begin = last.at if last else 0.0
    readings = []
    for k in range(1, seconds + 1):
        made = tracker.take(window(begin + k, tension, level=level, ends=k % 4 == 0, **figures))
        assert made is not None
        readings.append(made)
    return readings


def changes(readings: list[Reading]) -> list[str]:
    return [reading.change for reading in readings if reading.change]


def test_a_calm_caller_never_crosses() -> None:
    readings = talk(EmotionTracker(), 120, CALM)
    assert changes(readings) == []
    assert max(reading.score for reading in readings) < 0.5
    assert len(readings) == 120


def test_he_gets_angry_and_calms_down() -> None:
    tracker = EmotionTracker()
    assert changes(talk(tracker, 24, CALM)) == []
    angry = talk(tracker, 12, TENSE)
    assert changes(angry) == ["crossed"]
    assert angry[-1].tense
    assert angry[-1].score > UP
    after = talk(tracker, 30, CALM)
    assert changes(after) == ["calmed"]
    assert not after[-1].tense
    assert after[-1].score < DOWN


def test_crossing_takes_more_than_a_word_and_less_than_ten_seconds() -> None:
    tracker = EmotionTracker()
    talk(tracker, 24, CALM)
    assert changes(talk(tracker, 1, TENSE)) == []
    assert changes(talk(tracker, 12, CALM)) == []
    angry = talk(tracker, 12, TENSE)
    assert [reading.change for reading in angry].index("crossed") < 10


def test_the_meter_does_not_flicker_at_the_threshold() -> None:
    """A voice that swings about the threshold from second to second crosses once."""
    tracker = EmotionTracker()
    talk(tracker, 24, CALM)
    readings: list[Reading] = []
    rng = np.random.default_rng(4)
    for _ in range(15):
        readings += talk(tracker, 4, CALM + 2.3 + float(rng.normal(0, 0.8)))
    assert len(changes(readings)) <= 3


def known_site() -> SiteCalibration:
    """One that knows what its calm callers sound like."""
    site = SiteCalibration()
    for _ in range(20):
        site.observe_utterance(0.0)
        site.observe_utterance(0.0)
        site.observe_call(0.0)
    assert site.known
    return site


def test_who_is_angry_from_the_first_word_is_noticed() -> None:
    readings = talk(EmotionTracker(known_site()), 40, TENSE)
    assert changes(readings) == ["crossed"]  # and it does not become his standard
    assert readings[-1].text("en") == "the voice as a whole sounds tense"
    assert readings[-1].text("zh") == "整体声音听起来紧张"


def test_a_new_site_compares_callers_with_themselves_alone() -> None:
    """Its calm voices may all sound tense to the model."""
    tracker = EmotionTracker()
    assert changes(talk(tracker, 40, TENSE)) == []
    assert changes(talk(tracker, 12, TENSE + 6)) == ["crossed"]


def test_an_utterance_may_end_without_new_sound_just_when_comparing_begins() -> None:
    tracker = EmotionTracker()
    for k in range(1, 5):
        tracker.take(window(float(k), CALM))
    last = tracker.take(replace(window(4.0, CALM, ends=True), new_seconds=0.0))
    assert last is not None
    assert changes(talk(tracker, 12, CALM)) == []


def test_a_tense_voice_by_nature_is_not() -> None:
    natural = CALM + bundled().population.between
    assert changes(talk(EmotionTracker(), 60, natural)) == []


def test_the_reasons_compare_with_his_first_seconds() -> None:
    tracker = EmotionTracker()
    usual = {"pitch_p50": 14.0, "syllables": 4.0, "tilt_loud": -8.0}
    talk(tracker, 24, CALM, level=-26, **usual)
    raised = {"pitch_p50": 20.0, "syllables": 4.1, "tilt_loud": -7.5}
    angry = talk(tracker, 12, TENSE, level=-18, **raised)[-1]
    codes = {reason.code: reason.amount for reason in angry.reasons}
    assert codes["louder"] == pytest.approx(8, abs=0.5)
    assert codes["higher"] == pytest.approx(6, abs=0.5)
    assert not {"faster", "sharper", "softer", "lower"} & set(codes)
    english, chinese = angry.text("en"), angry.text("zh-CN")
    assert "louder (+8 dB)" in english
    assert "higher (+6 semitones)" in english
    assert english.endswith("than in the caller's first 20 s")
    assert chinese.startswith("与来电者最初20秒相比：")
    assert "更大声（+8分贝）" in chinese
    assert "音调更高（+6半音）" in chinese


def test_words_are_named_and_count() -> None:
    tracker = EmotionTracker()
    talk(tracker, 24, CALM)
    voice_alone = talk(tracker, 1, CALM + 2)[-1]
    both = tracker.hear(Sentiment(-0.8, ("投诉", "第三次")))
    assert both.score > voice_alone.score
    assert both.words == ("投诉", "第三次")
    assert both.text("zh").endswith("用词：“投诉”、“第三次”")
    assert both.text("en").endswith("words: “投诉”, “第三次”")


def test_angry_words_in_a_raised_voice_cross_sooner_than_the_voice_alone() -> None:
    def seconds(said: Sentiment | None) -> float:
        tracker = EmotionTracker()
        talk(tracker, 24, CALM)
        for k in range(1, 30):
            if said and k % 4 == 1:
                tracker.hear(said)
            if any(r.tense for r in talk(tracker, 1, CALM + 2.6)):
                return k
        return float("inf")

    assert seconds(Sentiment(-0.9, ("lawyer",))) < seconds(None)


def test_happy_words_explain_an_excited_voice() -> None:
    tracker = EmotionTracker()
    talk(tracker, 24, CALM)
    readings: list[Reading] = []
    for _ in range(6):
        tracker.hear(Sentiment(0.9, ("wonderful",)))
        readings += talk(tracker, 2, CALM + 4)
    assert changes(readings) == []


def test_what_was_said_fades() -> None:
    tracker = EmotionTracker()
    talk(tracker, 24, CALM)
    said = tracker.hear(Sentiment(-1.0, ("投诉",)))
    later = talk(tracker, 120, CALM)[-1]
    assert later.fused.words < 0.2 * said.fused.words
    assert later.words == ()


def test_words_alone_give_a_reading_before_any_voice() -> None:
    reading = EmotionTracker().hear(Sentiment(-1.0, ("refund",)), at=3.0)
    assert reading.at == 3.0
    assert reading.score > 0.5
    assert reading.text("en") == "words: “refund”"


def test_other_sounds_change_nothing() -> None:
    tracker = EmotionTracker()
    calm_score = talk(tracker, 24, CALM)[-1].score
    for k, kind in enumerate((Kind.MUSIC, Kind.TONE, Kind.NOISE, Kind.MUSIC)):
        assert tracker.take(other(25.0 + k, kind)) is None
    assert tracker.skipped == {"music": 2, "tone": 1, "noise": 1}
    assert tracker.last is not None
    assert tracker.last.score == calm_score


def test_a_site_whose_calls_all_score_higher_gets_no_more_alerts() -> None:
    """Three log-odds higher, as another language or telephone does."""
    site = SiteCalibration()
    rng = np.random.default_rng(8)

    def call() -> bool:
        tracker = EmotionTracker(site)
        found = [talk(tracker, 4, CALM + 3 + float(rng.normal(0, 0.7))) for _ in range(8)]
        tracker.finish()
        return any(changes(readings) for readings in found)

    alerts = [call() for _ in range(42)]
    assert np.mean(alerts[:20]) <= 0.1  # nobody is compared with others yet
    assert np.mean(alerts[-10:]) <= 0.2


def test_readings_are_json() -> None:
    tracker = EmotionTracker()
    talk(tracker, 24, CALM)
    raw = json.loads(json.dumps(talk(tracker, 8, TENSE, level=-10)[-1].as_dict()))
    assert 0 <= raw["score"] <= 1
    assert raw["text"].keys() == {"zh", "en"}
    assert raw["reasons"][0] == {"code": "louder", "amount": 14.0}


def test_an_agent_is_not_judged() -> None:
    with pytest.raises(WorkerEmotionOff) as caught:
        EmotionTracker(leg=Leg.AGENT)
    assert caught.value.code == "worker_emotion_off"
    with pytest.raises(WorkerEmotionOff):
        EmotionListener(leg=Leg.AGENT, worker_emotion_allowed_by="  ")


def test_unless_somebody_decided_it() -> None:
    assert EmotionTracker(leg=Leg.AGENT, worker_emotion_allowed_by="audit-17").last is None


def listen(samples: Samples) -> tuple[EmotionListener, list[Reading]]:
    listener = EmotionListener()
    found: list[Reading] = []
    for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        found += listener.feed(samples[at : at + FRAME_SAMPLES])
    return listener, found + listener.close()


def test_from_sound_to_reasons() -> None:
    call = np.concatenate((calm(22), silence(1), agitated(12), silence(1)))
    _, readings = listen(call)
    assert len(readings) >= 30
    usual = [r.tension for r in readings if 5 < r.at < 22]
    raised = [r.tension for r in readings if r.at > 27]
    assert min(raised) > max(usual)
    assert readings[-1].score > readings[20].score


@pytest.mark.parametrize(
    "sound",
    [silence(20), np.full(160000, 3000, dtype=np.int16), silence(0)],
    ids=["silence", "offset", "nothing"],
)
def test_nothing_said_nothing_judged(sound: Samples) -> None:
    listener, readings = listen(sound)
    assert readings == []
    assert listener.tracker.last is None


def test_a_frame_of_48_khz_is_refused_and_the_call_goes_on() -> None:
    listener = EmotionListener()
    with pytest.raises(BadFrame, match="48000 Hz"):
        listener.feed(np.zeros(960, dtype=np.int16))
    said = calm(2)
    for at in range(0, len(said), FRAME_SAMPLES):
        listener.feed(said[at : at + FRAME_SAMPLES])
    assert listener.tracker.last is not None
