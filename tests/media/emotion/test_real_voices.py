"""The shipped weights on people. Needs the corpora beside the repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media.emotion.errors import BadCorpus
from media.emotion.model import bundled
from media.emotion.stream import windows_of
from media.emotion.train import fingerprint
from media.emotion.training import corpus, fitting
from media.emotion.training.figures import auc
from media.wav import read_telephone

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
EMOTION = DATA / "emotion"
needs_emotion = pytest.mark.skipif(
    not (EMOTION / "train" / "manifest.csv").is_file(),
    reason="needs ../shared/data/emotion (EMO-DB and RAVDESS)",
)
needs_speech = pytest.mark.skipif(
    not (DATA / "speech" / "en8k").is_dir(), reason="needs ../shared/data/speech"
)


@needs_emotion
def test_the_weights_were_made_from_exactly_this_corpus() -> None:
    clips = corpus.load(EMOTION / "train", for_training=True)
    assert fingerprint(clips) == bundled().made["sha256"]


@needs_emotion
def test_actors_of_another_language_who_were_never_trained_on() -> None:
    clips = [
        clip
        for clip in corpus.load(EMOTION / "eval-only", for_training=False)
        if clip.label in ("angry", "calm")
    ]
    windows = fitting.extract(clips)
    scores = fitting.clip_scores(windows, bundled().scores(windows.figures)[0])
    assert auc(np.array([clip.label == "angry" for clip in clips]), scores) >= 0.90


@needs_emotion
def test_the_evaluation_set_cannot_be_trained_on() -> None:
    with pytest.raises(BadCorpus, match="not for training"):
        corpus.load(EMOTION / "eval-only", for_training=True)


@needs_speech
def test_prompts_read_aloud_are_speech_and_not_tense() -> None:
    model = bundled()
    tension = []
    for path in sorted((DATA / "speech" / "en8k").glob("*.wav"))[:15]:
        for window in windows_of(read_telephone(path)):
            assert window.figures is not None, path
            tension.append(model.score(window.figures).tension)
    assert np.mean(tension) < model.population.mean + model.population.between
