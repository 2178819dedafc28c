"""Train the weights: ``python -m media.emotion.train DATA --out weights.json``.

DATA is a folder with manifest.csv (see :mod:`media.emotion.training.corpus`), all of it
under a licence that lets everybody use the result. The same data, seed and numpy give the
same file. About two minutes of CPU for EMO-DB.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from core.errors import ParleyError
from media.emotion import model as emotion_model
from media.emotion.model import TENSE, Model
from media.emotion.training import corpus, fitting
from media.emotion.training.corpus import Clip
from media.emotion.training.figures import auc, recall_at
from media.wav import replacing

VARIANTS = 5


def train_folder(folder: Path, *, seed: int = 0, variants: int = VARIANTS) -> Model:
    """Weights from the corpus in ``folder``; raises BadCorpus."""
    clips = corpus.load(folder, for_training=True)
    windows = fitting.extract(clips, variants=variants, seed=seed)
    held_out = fitting.leave_one_speaker_out(windows)
    recorded = windows.where(windows.recorded)
    scores = fitting.clip_scores(recorded, held_out[windows.recorded])
    tense = np.array([clip.label in TENSE for clip in clips])
    made = {
        "corpora": sorted({clip.corpus for clip in clips}),
        "licences": sorted({clip.licence for clip in clips}),
        "clips": len(clips),
        "speakers": len({clip.speaker for clip in clips}),
        "sha256": fingerprint(clips),
        "seed": seed,
        "variants": variants,
        "penalty": fitting.PENALTY,
        "held_out_auc": round(auc(tense, scores), 4),
        "held_out_recall_at_5": round(recall_at(tense, scores), 4),
    }
    return fitting.train(windows, made, population=fitting.population_of(windows, held_out))


def fingerprint(clips: Sequence[Clip]) -> str:
    """SHA-256 over labels, speakers and sound of the clips."""
    digest = hashlib.sha256()
    for clip in clips:
        digest.update(f"{clip.name} {clip.label} {clip.speaker}\n".encode())
        digest.update(clip.samples.tobytes())
    return digest.hexdigest()


def save(model: Model, path: Path) -> None:
    """Write ``model``, one row of numbers a line; raises DiskFailed."""
    rows = ",\n".join(f" {json.dumps(k)}: {_lines(v)}" for k, v in model.as_dict().items())
    with replacing(path) as out:
        out.write(f"{{\n{rows}\n}}\n".encode())


def _lines(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in value) + "\n ]"
    return json.dumps(value)


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), default=emotion_model.BUNDLED, show_default=True
)
@click.option("--seed", default=0, show_default=True)
@click.option("--variants", default=VARIANTS, show_default=True, help="other lines for each clip")
def main(data: Path, out: Path, seed: int, variants: int) -> None:
    """Train the tension model on DATA, a folder with manifest.csv."""
    try:
        model = train_folder(data, seed=seed, variants=variants)
        save(model, out)
    except ParleyError as error:
        raise click.ClickException(str(error)) from None
    for name, value in model.made.items():
        click.echo(f"{name}: {value}")
    click.echo(f"population: {model.population}")
    click.echo(f"{out}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
