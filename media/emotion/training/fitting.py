"""From clips to weights: windows of every clip and of its variants, then one softmax."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.emotion.frames import Floats
from media.emotion.model import Model, Population
from media.emotion.stream import windows_of
from media.emotion.training.augment import another_line
from media.emotion.training.corpus import Clip
from media.emotion.training.softmax import fit
from media.tones import Samples

PENALTY: Final = 0.006
LIMIT: Final = 2.0
"""Standardised figures are cut here: on a line unlike any in training no single figure
may decide."""
CALM: Final = "neutral"

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class WindowSet:
    """Windows of clips: figures (n, features), the clip of each, its speech seconds, and
    whether it comes from the clip as recorded."""

    clips: Sequence[Clip]
    figures: Floats
    clip: npt.NDArray[np.intp]
    seconds: Array
    recorded: npt.NDArray[np.bool_]

    def of(self, chosen: Callable[[Clip], bool]) -> WindowSet:
        """The windows of the clips that are ``chosen``; clips keep their numbers."""
        wanted = np.array([chosen(clip) for clip in self.clips], dtype=bool)[self.clip]
        return self.where(wanted)

    def where(self, wanted: npt.NDArray[np.bool_]) -> WindowSet:
        """The windows that are ``wanted``."""
        return WindowSet(
            self.clips, self.figures[wanted], self.clip[wanted], self.seconds[wanted],
            self.recorded[wanted],
        )  # fmt: skip


def extract(clips: Sequence[Clip], *, variants: int = 0, seed: int = 0) -> WindowSet:
    """Windows of every clip and of ``variants`` other lines for each; the same for a seed.

    About 10 ms of CPU for a clip of 3 s.
    """
    voices = [clip.samples for clip in clips[::7]]
    return extract_as(
        clips,
        (
            (i, not k, clip.samples if not k else _variant(clip.samples, (seed, i, k), voices))
            for i, clip in enumerate(clips)
            for k in range(variants + 1)
        ),
    )


def extract_as(clips: Sequence[Clip], sounds: Iterable[tuple[int, bool, Samples]]) -> WindowSet:
    """Windows of ``sounds``: number of the clip, whether as recorded, samples."""
    figures: list[Floats] = []
    rows: list[tuple[int, bool, float]] = []
    for i, recorded, samples in sounds:
        for window in windows_of(samples):
            if window.figures is not None:
                figures.append(window.figures)
                rows.append((i, recorded, window.seconds))
    return WindowSet(
        clips,
        np.array(figures, dtype=np.float32),
        np.array([row[0] for row in rows], dtype=np.intp),
        np.array([row[2] for row in rows]),
        np.array([row[1] for row in rows], dtype=bool),
    )


def _variant(samples: Samples, seed: tuple[int, ...], voices: Sequence[Samples]) -> Samples:
    return another_line(samples, np.random.default_rng(seed), voices)


def train(
    windows: WindowSet, made: dict[str, Any], *, population: Population | None = None
) -> Model:
    """Weights from ``windows``. Every clip counts the same within its class, every class
    the same; a clip's windows share its weight."""
    labels = np.array([clip.label for clip in windows.clips])
    classes = tuple(sorted({str(label) for label in labels[np.unique(windows.clip)]}))
    target = np.array([classes.index(str(label)) for label in labels[windows.clip]], dtype=np.intp)
    weights = (windows.seconds / np.bincount(windows.clip, windows.seconds)[windows.clip]).copy()
    weights /= np.bincount(target, weights)[target] * len(classes)
    figures = windows.figures.astype(np.float64)
    centre: Array = np.average(figures, axis=0, weights=weights)
    scale: Array = np.sqrt(np.average(np.square(figures - centre), axis=0, weights=weights))
    scale = np.maximum(scale, 1e-3)
    z = np.clip((figures - centre) / scale, -LIMIT, LIMIT)
    coefficients, biases = fit(z, target, weights, penalty=PENALTY)
    return Model(
        centre=centre, scale=scale, limit=LIMIT, classes=classes,
        weights=coefficients, biases=biases, spread=_spread(windows, scale),
        population=population or Population(0.0, 1.0, 1.0), made=made,
    )  # fmt: skip


def _spread(windows: WindowSet, scale: Array) -> Array:
    """Standard deviation of each figure within the calm windows of one speaker."""
    speakers = np.array([clip.speaker for clip in windows.clips])[windows.clip]
    calm = np.array([clip.label == CALM for clip in windows.clips])[windows.clip]
    squares, count = np.zeros(windows.figures.shape[1]), 0
    for speaker in sorted({str(s) for s in speakers}):
        own = windows.figures[calm & windows.recorded & (speakers == speaker)].astype(np.float64)
        if len(own) > 1:
            squares += np.square(own - own.mean(axis=0)).sum(axis=0)
            count += len(own) - 1
    return np.maximum(np.sqrt(squares / count), 0.05 * scale) if count else scale


def clip_scores(windows: WindowSet, tension: Array) -> Array:
    """One score a clip: the mean of its windows, in which the fullest count by far the
    most; the mean of all for a clip in which no speech was found (it is judged as average)."""
    count = len(windows.clips)
    worth = windows.seconds**4
    weight = np.bincount(windows.clip, worth, minlength=count)
    total = np.bincount(windows.clip, worth * tension, minlength=count)
    found = weight > 0
    average = float(total[found].sum() / weight[found].sum())
    return np.where(found, total / np.maximum(weight, 1e-9), average)


def leave_one_speaker_out(windows: WindowSet) -> Array:
    """The tension of every window by a model that never heard its speaker."""
    tension = np.zeros(len(windows.clip))
    speakers = np.array([clip.speaker for clip in windows.clips])[windows.clip]
    for speaker in sorted({str(s) for s in speakers}):
        own = speakers == speaker
        model = train(windows.where(~own), {})
        tension[own] = model.scores(windows.figures[own])[0]
    return tension


def population_of(windows: WindowSet, tension: Array) -> Population:
    """What calm voices score, from held-out ``tension``."""
    speakers = np.array([clip.speaker for clip in windows.clips])[windows.clip]
    calm = np.array([clip.label == CALM for clip in windows.clips])[windows.clip]
    recorded = calm & windows.recorded
    own = [tension[recorded & (speakers == s)] for s in sorted({str(s) for s in speakers[calm]})]
    within = float(np.mean([np.var(values) for values in own]))
    # speakers and lines together: what a caller's own windows do not explain
    between = max(float(np.var(tension[calm])) - within, 0.04)
    return Population(float(tension[calm].mean()), float(np.sqrt(between)), float(np.sqrt(within)))
