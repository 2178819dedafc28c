"""What all legs of an installation understand with; loaded once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from config.understanding import Understanding
from core.errors import ParleyError
from core.log import get_logger
from media.understanding.facts import FactSettings
from media.understanding.intents.classifier import IntentClassifier
from media.understanding.masking import Policy
from media.understanding.sentiment.score import SentimentScorer
from media.understanding.settings import facts_of, intents_of, policy_of

log = get_logger(__name__)


@dataclass(frozen=True)
class Senses:
    """Without ``intents`` or ``sentiment`` (a model is missing) the rest goes on; without
    a masking policy there is nothing, because nothing may be shown unmasked."""

    policy: Policy
    facts: FactSettings
    zone: tzinfo
    intents: IntentClassifier | None = None
    sentiment: SentimentScorer | None = None

    @classmethod
    def load(cls, section: Understanding, *, zone: str = "UTC") -> Senses:
        """Read the models: a tenth of a second, in a thread. Raises BadPattern."""
        intents: IntentClassifier | None = None
        sentiment: SentimentScorer | None = None
        try:
            intents = IntentClassifier.load(intents_of(section))
        except ParleyError as error:
            log.error("hearing.no_intents", code=error.code, message=error.message)
        try:
            sentiment = SentimentScorer.load()
        except ParleyError as error:
            log.error("hearing.no_sentiment", code=error.code, message=error.message)
        return cls(policy_of(section), facts_of(section), ZoneInfo(zone), intents, sentiment)
