"""``parley intents``: train and test a classifier of what customers want."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from app.cli.options import json_option
from app.cli.tables import print_table
from media.understanding.intents import (
    Classified,
    IntentClassifier,
    for_test,
    for_training,
    measure,
    read_examples,
    train,
)
from media.understanding.settings import SAMPLE_INTENTS

_path = click.Path(path_type=Path, dir_okay=False)


@click.group()
def intents() -> None:
    """Train and test a classifier of what customers want."""


@intents.command("train")
@click.argument("file", type=_path)
@click.option("--out", required=True, type=_path, help="Where to write the model (.npz).")
@json_option
def train_(file: Path, out: Path, as_json: bool) -> None:
    """Train on FILE: CSV with the columns text and label, or YAML with a list of sentences
    for each intent. With a column 'split' only the rows of 'train' are used; sentences
    labelled 'none' are none of the intents."""
    trained = train(for_training(read_examples(file)))
    trained.save(out)
    facts = {
        "model": str(out),
        "bytes": out.stat().st_size,
        "intents": len(trained.classifier.labels),
        "examples": trained.examples,
        "held_back": trained.held_back,
        "accuracy_held_back": trained.accuracy,
        "threshold": trained.classifier.threshold,
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    click.echo(f"{out}: {facts['intents']} intents, {facts['bytes']} bytes.")
    if trained.accuracy is None:
        click.echo("Too few examples to hold some back and test with them.")
    else:
        click.echo(
            f"Of {trained.held_back} examples held back {trained.accuracy:.1%} were understood; "
            f"below a confidence of {facts['threshold']:.2f} it says 'none of these'."
        )


@intents.command()
@click.argument("model", type=_path)
@click.argument("what", nargs=-1, required=True)
@json_option
def test(model: Path, what: tuple[str, ...], as_json: bool) -> None:
    """Test MODEL ('sample' for the one that comes with Parley) with WHAT: a file of
    labelled sentences, or a sentence."""
    classifier = IntentClassifier.load(SAMPLE_INTENTS if str(model) == "sample" else model)
    file = Path(what[0])
    if len(what) > 1 or file.suffix.lower() not in (".csv", ".yaml", ".yml", ".json"):
        _show(classifier.classify(" ".join(what)), as_json)
        return
    measured = measure(classifier, for_test(read_examples(file)))
    if as_json:
        click.echo(json.dumps(asdict(measured), ensure_ascii=False, indent=2))
        return
    click.echo(
        f"{measured.sentences} sentences: right {measured.accuracy:.1%}, among the first three "
        f"{measured.top3:.1%}, right and sure {measured.understood:.1%}."
    )
    if measured.none_found is not None:
        click.echo(f"None of these, and so understood: {measured.none_found:.1%}.")
    if measured.confused:
        print_table(("Intent", "Taken for", "Times"), measured.confused)


def _show(found: Classified, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    best = found.best.label if found.best else "none of these"
    click.echo(f"{best} (threshold {found.threshold:.2f})")
    print_table(("Intent", "Confidence"), [(i.label, f"{i.confidence:.2f}") for i in found.top])
