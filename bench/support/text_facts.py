"""Facts and masking on labelled utterances (``bench/data/facts.yaml``)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from media.understanding.facts import LegFacts, fact_settings
from media.understanding.masking import LegMasker, Policy

DATA = Path(__file__).parents[1] / "data"
FILES = {"known": DATA / "facts.yaml", "blind": DATA / "facts_blind.yaml"}
NOW = dt.datetime(2026, 3, 4, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
SETTINGS = fact_settings(
    orders={"orders": "JR[0-9]{8}"},
    products={"玉河白金卡": ["白金卡", "platinum card"], "JadePay": [], "云闪贷": []},
)


def measure_facts(which: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Precision and recall by kind, of facts and of masked utterances; and what was
    missed or made up. ``which``: ``known``, the set that the rules were made with, or
    ``blind``."""
    items = yaml.safe_load(FILES[which].read_text(encoding="utf-8"))
    right: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    notes = []
    for item in items:
        said = [item["said"]] if isinstance(item["said"], str) else item["said"]
        expected = Counter((kind, value) for kind, value in item["facts"])
        given = Counter(_facts(said))
        for kind, part in (("wanted", expected), ("found", given), ("right", expected & given)):
            counter = {"wanted": wanted, "found": found, "right": right}[kind]
            for (name, _), count in part.items():
                counter[f"fact: {name}"] += count
        if expected != given:
            missing, extra = _shown(expected - given), _shown(given - expected)
            notes.append(f"{which}: {' / '.join(said)}: missing {missing}, too much {extra}")
        masked, wish = Counter(_masked(said)), Counter(item.get("mask", {}))
        for name in masked | wish:
            wanted[f"mask: {name}"] += wish[name]
            found[f"mask: {name}"] += masked[name]
            right[f"mask: {name}"] += min(masked[name], wish[name])
        if masked != wish:
            notes.append(f"{which}: {' / '.join(said)}: masked {dict(masked)}, wanted {dict(wish)}")
    rows = {}
    for name in sorted(wanted | found):
        rows[f"{which} {name}"] = {
            "n": wanted[name],
            "precision": _ratio(right[name], found[name]),
            "recall": _ratio(right[name], wanted[name]),
        }
    return rows, notes


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _shown(facts: Counter[tuple[str, str]]) -> str:
    return ", ".join(f"{kind} {value}" for kind, value in facts) or "nothing"


def _facts(said: list[str]) -> list[tuple[str, str]]:
    leg = LegFacts(SETTINGS)
    for at, text in enumerate(said):
        leg.add(text, at * 3.0, now=NOW)
    return [(fact.kind.value, fact.secret or fact.value) for fact in leg.facts]


def _masked(said: list[str]) -> list[str]:
    """For each utterance, the kinds that are masked in the end."""
    leg = LegMasker(Policy(exempt=tuple(SETTINGS.orders.values())))
    kinds: dict[int, frozenset[str]] = {}
    for at, text in enumerate(said):
        final = leg.final(text, at * 3.0)
        kinds[final.utterance] = final.masked.kinds
        kinds.update({c.utterance: c.masked.kinds for c in final.corrections})
    # what is certain by now, although its text did not change by it
    for past in leg.certain():
        kinds[past[0]] = past[1]
    kinds.update({c.utterance: c.masked.kinds for c in leg.settle()})
    return [kind for found in kinds.values() for kind in found]
