"""From the configuration to what the parts of this package want."""

from __future__ import annotations

from pathlib import Path

from config.understanding import Understanding
from media.understanding.facts import FactSettings, fact_settings
from media.understanding.masking import Policy

SAMPLE_INTENTS = Path(__file__).parent / "data" / "intents_bank.npz"


def facts_of(section: Understanding) -> FactSettings:
    """What facts look like. Raises BadPattern."""
    return fact_settings(
        orders=section.orders, products=section.products, region=section.region,
        month_first=section.region == "US",
    )  # fmt: skip


def policy_of(section: Understanding) -> Policy:
    """What is masked. Raises BadPattern."""
    return Policy(
        kinds=frozenset(section.mask),
        keep_last=section.keep_last,
        exempt=tuple(fact_settings(orders=section.orders).orders.values()),
    )


def intents_of(section: Understanding) -> Path:
    """The file of the intent classifier."""
    return section.intents or SAMPLE_INTENTS
