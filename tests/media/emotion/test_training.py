"""Training: the same each time, and never on what may not be used."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from media import wav
from media.emotion.errors import BadCorpus
from media.emotion.model import load
from media.emotion.train import main
from media.emotion.training import augment, codec, corpus
from media.emotion.training.figures import auc, recall_at, triples
from media.emotion.training.softmax import fit, probabilities
from media.tones import Samples, dbfs, power, tone
from tests.media.emotion.voices import voice

LABELS = ("angry", "fear", "happy", "neutral", "bored", "sad")


def make_corpus(folder: Path, licence: str = "CC0-1.0") -> Path:
    folder.mkdir()
    rows = []
    for k in range(24):
        label, speaker = LABELS[k % 6], f"s{k // 6}"
        tense = label in LABELS[:3]
        said = voice(1.6, hz=(230 if tense else 120) + 8 * k, effort=4.0 if tense else 0.0, seed=k)
        wav.write(folder / f"{k}.wav", said)
        rows.append([f"{k}.wav", label, speaker, "made", licence])
    with (folder / "manifest.csv").open("w", newline="") as out:
        csv.writer(out).writerows([["path", "label", "speaker", "corpus", "licence"], *rows])
    return folder


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    data = make_corpus(tmp_path / "data")
    runner = CliRunner()
    made = []
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        out = tmp_path / f"{name}.json"
        done = runner.invoke(
            main, [str(data), "--out", str(out), "--seed", seed, "--variants", "1"]
        )
        assert done.exit_code == 0, done.output
        assert "held_out_auc" in done.output
        made.append(out.read_bytes())
    assert made[0] == made[1]
    assert made[0] != made[2]
    model = load(tmp_path / "a.json")
    assert model.made["licences"] == ["CC0-1.0"]
    assert model.made["held_out_auc"] > 0.6


@pytest.mark.parametrize(
    "licence", ["CC BY-NC-SA 4.0", "CC-BY-NC-4.0", "research only", "", "CC BY-ND 4.0", "unknown"]
)
def test_other_licences_are_not_trained_on(tmp_path: Path, licence: str) -> None:
    data = make_corpus(tmp_path / "data", licence)
    with pytest.raises(BadCorpus, match="not for training"):
        corpus.load(data, for_training=True)
    done = CliRunner().invoke(main, [str(data), "--out", str(tmp_path / "w.json")])
    assert done.exit_code == 1
    assert "may only evaluate" in done.output
    assert not (tmp_path / "w.json").exists()
    assert len(corpus.load(data, for_training=False)) == 24


@pytest.mark.parametrize("licence", ["CC0-1.0 (somebody)", "CC BY 4.0", "Apache-2.0", "MIT"])
def test_free_licences_are(tmp_path: Path, licence: str) -> None:
    assert len(corpus.load(make_corpus(tmp_path / "data", licence), for_training=True)) == 24


def test_damaged_corpora_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"manifest\.csv"):
        corpus.load(tmp_path, for_training=True)
    data = make_corpus(tmp_path / "data")
    (data / "7.wav").write_bytes(b"RIFFxxxxWAVE")
    with pytest.raises(BadCorpus, match=r"7\.wav"):
        corpus.load(data, for_training=True)
    wav.write(data / "7.wav", voice(1), rate=16000)
    with pytest.raises(BadCorpus, match="16000 Hz"):
        corpus.load(data, for_training=True)
    (data / "7.wav").unlink()
    with pytest.raises(BadCorpus, match=r"7\.wav"):
        corpus.load(data, for_training=True)


def test_mulaw_is_that_of_g711() -> None:
    # ITU-T G.711 table 2a: the largest value, both zeros, and the ends of segments
    codes = np.array([0x80, 0x00, 0xFF, 0x7F, 0x8F, 0x90], dtype=np.uint8)
    assert codec.decode_mulaw(codes).tolist() == [32124, -32124, 0, 0, 16764, 15996]
    every = np.arange(256, dtype=np.uint8)
    decoded = codec.decode_mulaw(every)
    assert np.array_equal(codec.decode_mulaw(codec.encode_mulaw(decoded)), decoded)
    said = voice(1)
    error = codec.decode_mulaw(codec.encode_mulaw(said)).astype(float) - said
    assert 10 * np.log10(np.mean(np.square(said, dtype=float)) / np.mean(error**2)) > 33


def test_the_band_of_a_telephone() -> None:
    def left(hz: int) -> float:
        return dbfs(power(codec.band_pass(tone([hz], 1.0, level=-20)))) + 20

    assert left(1000) == pytest.approx(0, abs=0.3)
    assert left(150) < -30
    assert left(3800) < -30


def test_noise_is_as_loud_as_wanted() -> None:
    said = tone([500], 2.0, level=-20)
    rng = np.random.default_rng(1)
    added = augment.noise(said, 10, augment.coloured(len(said), rng, power=0)).astype(float) - said
    # against the loud half of a sine, which is 2.1 dB over its mean
    assert dbfs(float(np.mean(added**2))) == pytest.approx(-30 + 2.1, abs=0.7)


def test_as_many_packets_are_lost_as_wanted() -> None:
    said = np.full(160 * 2000, 1000, dtype=np.int16)
    heard = augment.loss(said, 0.1, np.random.default_rng(1)).reshape(-1, 160)
    assert (heard[:, 0] != 1000).mean() == pytest.approx(0.1, abs=0.02)
    assert augment.loss(said, 0.0, np.random.default_rng(1)).tolist() == said.tolist()


@pytest.mark.parametrize("length", [0, 1, 100, 5000])
def test_any_clip_can_be_varied(length: int) -> None:
    said: Samples = voice(1)[:length]
    other = voice(2, seed=4)
    for seed in range(12):
        changed = augment.another_line(said, np.random.default_rng(seed), [other])
        assert changed.dtype == np.int16


def test_softmax_finds_what_made_the_data() -> None:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(4000, 3))
    truth = np.array([[2.0, -2.0, 0.0], [0.0, 1.0, -1.0], [0.0, 0.0, 0.0]])
    chance = probabilities(inputs @ truth + np.array([0.5, 0.0, -0.5]))
    drawn = (rng.random(4000)[:, None] > chance.cumsum(axis=1)).sum(axis=1)
    weights, biases = fit(inputs, drawn, np.full(4000, 1 / 4000), penalty=1e-5, steps=2000)
    found = weights - weights.mean(axis=1, keepdims=True)
    assert found == pytest.approx(truth, abs=0.2)
    assert biases[0] - biases[2] == pytest.approx(1.0, abs=0.2)


def test_figures_are_what_their_names_say() -> None:
    positive = np.array([True, True, False, False])
    assert auc(positive, np.array([3.0, 2.0, 1.0, 0.0])) == 1.0
    assert auc(positive, np.array([0.0, 1.0, 2.0, 3.0])) == 0.0
    assert auc(positive, np.ones(4)) == 0.5
    assert np.isnan(auc(np.array([True, True]), np.ones(2)))
    scores = np.concatenate((np.arange(100), np.full(10, 98.0)))
    assert recall_at(np.arange(110) >= 100, scores) == 1.0
    names, means = triples(["a"] * 7 + ["b"] * 2, ["s"] * 9, np.arange(9.0), rounds=1)
    assert names == ["a", "a"]
    assert len(means) == 2
