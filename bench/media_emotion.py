"""How well tension is heard in a caller's voice, over bad lines too, and what it costs.

``python -m bench.media_emotion [--quick] [--json]``. Needs the corpora in
``../shared/data/emotion``: EMO-DB (train; each speaker is judged by weights that never
heard him) and RAVDESS (eval-only: judged by the weights that ship, never trained on).

AUC and rec5 are of tense voices: angry or afraid against all else; a/c of angry against
calm ones. AUC: 0.5 is chance. rec5: share found when 5 % of the others raise a false alarm.
x3: means of three utterances of one speaker. 'calls' go through the tracker as a whole.
Beside ours, openSMILE's eGeMAPS with the same regression, when it is installed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bench.support import emotion_lines
from bench.support.emotion_lines import Egemaps, egemaps, over
from bench.support.report import arguments, publish
from media.emotion.baseline import Baseline
from media.emotion.calibration import SiteCalibration
from media.emotion.features import COUNT
from media.emotion.listener import EmotionListener
from media.emotion.model import TENSE, Model, bundled
from media.emotion.stream import FRAME_SAMPLES, windows_of
from media.emotion.tracker import CROSSED
from media.emotion.train import VARIANTS
from media.emotion.training import corpus, fitting
from media.emotion.training.corpus import Clip
from media.emotion.training.figures import auc, recall_at, triples
from media.emotion.training.fitting import WindowSet

DATA: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "emotion"
QUICK_LINES: Final = ("pink noise 10 dB", "gain +10 dB, clipped", "3 % packets lost")
QUIET: Final = ("calm", "neutral")

Array = npt.NDArray[np.float64]
Row = dict[str, Any]


def labels(clips: Sequence[Clip], *wanted: str) -> npt.NDArray[np.bool_]:
    return np.array([clip.label in wanted for clip in clips])


def tense_row(clips: Sequence[Clip], scores: Array) -> Row:
    """AUC and recall of angry or afraid against the rest."""
    tense = labels(clips, *TENSE)
    return {
        "clips": len(clips),
        "AUC": round(auc(tense, scores), 3),
        "rec5": round(recall_at(tense, scores), 3),
    }


def angry_row(clips: Sequence[Clip], scores: Array) -> Row:
    """The same, and angry against calm, alone and three utterances together."""
    row = tense_row(clips, scores)
    who = [clip.speaker for clip in clips]
    groups, means = triples(
        ["tense" if clip.label in TENSE else "rest" for clip in clips], who, scores
    )
    row |= _three("", np.array(groups) == "tense", means)
    chosen = np.flatnonzero(labels(clips, "angry", "calm"))
    some, part = [clips[int(i)] for i in chosen], scores[chosen]
    row["a/c AUC"] = round(auc(labels(some, "angry"), part), 3)
    groups, means = triples([c.label for c in some], [c.speaker for c in some], part)
    return row | _three("a/c ", np.array(groups) == "angry", means)


def _three(name: str, positive: npt.NDArray[np.bool_], means: Array) -> Row:
    return {
        f"{name}x3 AUC": round(auc(positive, means), 3),
        f"{name}x3 rec5": round(recall_at(positive, means), 3),
    }


class HeldOut:
    """One model for each speaker, trained on the others."""

    def __init__(self, windows: WindowSet) -> None:
        self._models: dict[str, Model] = {}
        for speaker in sorted({clip.speaker for clip in windows.clips}):
            others = windows.of(lambda clip, own=speaker: clip.speaker != own)  # type: ignore[misc]
            self._models[speaker] = fitting.train(others, {})

    def scores(self, windows: WindowSet) -> Array:
        """One score for each of the windows' clips."""
        speakers = np.array([clip.speaker for clip in windows.clips])[windows.clip]
        tension = np.zeros(len(speakers))
        for speaker, model in self._models.items():
            own = speakers == speaker
            if own.any():
                tension[own] = model.scores(windows.figures[own])[0]
        return fitting.clip_scores(windows, tension)


def ours_over(line: str, clips: Sequence[Clip]) -> WindowSet:
    return fitting.extract_as(
        clips, ((i, True, over(line, clip.samples, i)) for i, clip in enumerate(clips))
    )


def emodb_rows(quick: bool, smile: Egemaps | None) -> dict[str, Row]:
    """Ours and eGeMAPS on EMO-DB, held-out speakers, clean and over each line."""
    clips = corpus.load(DATA / "train", for_training=True)
    windows = fitting.extract(clips, variants=0 if quick else VARIANTS)
    ours = HeldOut(windows)
    # each utterance once: the corpus has some at two lengths
    once = np.array([clip.corpus == "emodb" for clip in clips])
    tested = [clip for clip in clips if clip.corpus == "emodb"]
    scores = ours.scores(windows.where(windows.recorded))[once]
    rows = {"EMO-DB": tense_row(tested, scores)}
    theirs = None
    if smile:
        theirs = HeldOut(smile.windows(clips, [clip.samples for clip in clips]))
        scores = theirs.scores(smile.windows(tested, [clip.samples for clip in tested]))
        rows["EMO-DB, eGeMAPS"] = tense_row(tested, scores)
    some = tested[::3] if quick else tested
    for line in QUICK_LINES if quick else emotion_lines.LINES:
        rows[f"EMO-DB, {line}"] = tense_row(some, ours.scores(ours_over(line, some)))
        if smile and theirs:
            sounds = [over(line, clip.samples, i) for i, clip in enumerate(some)]
            scores = theirs.scores(smile.windows(some, sounds))
            rows[f"EMO-DB, {line}, eGeMAPS"] = tense_row(some, scores)
    return rows


def ravdess_rows(quick: bool, smile: Egemaps | None) -> dict[str, Row]:
    """The weights that ship on another language, other actors, another room."""
    clips = corpus.load(DATA / "eval-only", for_training=False)
    if quick:
        clips = [clip for clip in clips if int(clip.speaker[-2:]) % 2]
    model = bundled()
    windows = fitting.extract(clips)
    scores = fitting.clip_scores(windows, model.scores(windows.figures)[0])
    rows = {"RAVDESS": angry_row(clips, scores)}
    rest, over_baseline = own_baseline(model, clips, windows, scores)
    rows["RAVDESS, over the caller's baseline"] = angry_row(rest, over_baseline)
    if smile:
        train = corpus.load(DATA / "train", for_training=True)
        theirs = fitting.train(smile.windows(train, [clip.samples for clip in train]), {})
        figures = smile.windows(clips, [clip.samples for clip in clips]).figures
        rows["RAVDESS, eGeMAPS"] = angry_row(clips, theirs.scores(figures)[0])
    for line in () if quick else QUICK_LINES:
        windows = ours_over(line, clips)
        scores = fitting.clip_scores(windows, model.scores(windows.figures)[0])
        rows[f"RAVDESS, {line}"] = angry_row(clips, scores)
    return rows


def own_baseline(
    model: Model, clips: Sequence[Clip], windows: WindowSet, scores: Array
) -> tuple[list[Clip], Array]:
    """Scores over each speaker's baseline, made of three quiet utterances, and the clips
    without those."""
    used: set[int] = set()
    usual: dict[str, float] = {}
    for speaker in sorted({clip.speaker for clip in clips}):
        quiet = [i for i, c in enumerate(clips) if c.speaker == speaker and c.label in QUIET]
        mine = Baseline(model.population, COUNT)
        for i in quiet[::5][:3]:
            used.add(i)
            seconds = float(windows.seconds[windows.clip == i].max(initial=0.0))
            mine.add(seconds, float(scores[i]), 0.0, np.zeros(COUNT, dtype=np.float32))
        usual[speaker] = mine.tension()
    rest = [i for i in range(len(clips)) if i not in used]
    over_own = np.array([scores[i] - usual[clips[i].speaker] for i in rest])
    return [clips[i] for i in rest], over_own


def call_rows(quick: bool) -> dict[str, Row]:
    """Whole calls made of RAVDESS utterances: six quiet ones of an actor, then four more
    quiet ones, or four angry ones. At a new site, and at one whose calibration has seen
    calls of other actors, one in twelve of which turned angry."""
    clips = corpus.load(DATA / "eval-only", for_training=False)
    actors = sorted({clip.speaker for clip in clips})
    rng = np.random.default_rng(5)
    learnt = SiteCalibration()
    half = len(actors) // 2  # men and women in both
    for actor in actors[:half]:
        for k in range(2 if quick else 6):
            call = _call(clips, actor, ("angry",) if k == 0 and actor in actors[:3] else QUIET, rng)
            _first_alert(call, learnt, rng)
    rows: dict[str, Row] = {}
    for site, calibration in (("new site", SiteCalibration()), ("calibrated", learnt)):
        for turn, later in (("calm", QUIET), ("turns angry", ("angry",))):
            found = [
                _first_alert(
                    _call(clips, actor, later, rng),
                    SiteCalibration.from_dict(calibration.as_dict()),
                    rng,
                )
                for actor in actors[half:]
                for _ in range(1 if quick else 6)
            ]
            waits = [wait for wait in found if wait is not None]
            row: Row = {"calls": len(found), "alerts": round(len(waits) / len(found), 3)}
            if later == ("angry",) and waits:
                row["s to alert"] = round(float(np.median(waits)), 1)
            rows[f"calls, {site}, {turn}"] = row
    return rows


def _call(
    clips: Sequence[Clip], actor: str, later: Sequence[str], rng: np.random.Generator
) -> list[Clip]:
    own = [clip for clip in clips if clip.speaker == actor]
    quiet = rng.permutation([i for i, clip in enumerate(own) if clip.label in QUIET])[:6]
    then = rng.permutation([i for i, clip in enumerate(own) if clip.label in later])
    return [own[int(i)] for i in (*quiet, *then[~np.isin(then, quiet)][:4])]


def _first_alert(
    clips: Sequence[Clip], calibration: SiteCalibration, rng: np.random.Generator
) -> float | None:
    """Seconds from the seventh clip to the alert; None if none came."""
    pause = np.round(rng.normal(0, 6, 6400)).astype(np.int16)
    turn = sum(len(clip.samples) + len(pause) for clip in clips[:6]) / 8000
    listener = EmotionListener(calibration)
    sound = np.concatenate([part for clip in clips for part in (clip.samples, pause)])
    alert = None
    for at in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        for reading in listener.feed(sound[at : at + FRAME_SAMPLES]):
            if reading.change == CROSSED and alert is None:
                alert = reading.at - turn
    listener.close()
    return alert


def cost_rows(smile: Egemaps | None) -> dict[str, Row]:
    """CPU time of one core, one thread, for a second of uninterrupted speech: frames in,
    readings out. eGeMAPS over windows of 3 s each second."""
    clips = corpus.load(DATA / "train", for_training=True)[:40]
    sound = np.concatenate([clip.samples for clip in clips])[: 60 * 8000]
    taken = []
    for _ in range(3):
        listener = EmotionListener()
        began = time.process_time()
        for at in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            listener.feed(sound[at : at + FRAME_SAMPLES])
        taken.append((time.process_time() - began) / (len(sound) / 8000))
    rows = {"cost": {"CPU ms/s": round(min(taken) * 1000, 2)}}
    if smile:
        windows = [sound[at : at + 24000] for at in range(0, 30 * 8000, 8000)]
        before = smile.cpu
        smile.windows(clips[:30], windows)
        per_second = (smile.cpu - before) / len(windows)
        rows["cost, eGeMAPS"] = {"CPU ms/s": round(per_second * 1000, 2)}
    return rows


def main() -> int:
    options = arguments(__doc__)
    if not (DATA / "train" / "manifest.csv").is_file():
        note = f"not measured: there are no corpora in {DATA}"
        publish("media_emotion", {}, as_json=options.json, notes=[note])
        return 0
    windows_of(np.zeros(8000, dtype=np.int16))  # numpy's first call is not what is measured
    smile = None if options.quick else egemaps()
    rows = (
        emodb_rows(options.quick, smile)
        | ravdess_rows(options.quick, smile)
        | call_rows(options.quick)
        | cost_rows(smile)
    )
    notes = ["targets: EMO-DB tense AUC 0.92; RAVDESS angry/calm AUC 0.90, x3 rec5 0.65; 5 ms"]
    if options.quick:
        notes.append("quick: EMO-DB without variants of lines, half of RAVDESS, no eGeMAPS")
    elif not smile:
        notes.append("eGeMAPS: not installed (pip install opensmile; research licence)")
    publish("media_emotion", rows, as_json=options.json, notes=notes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
