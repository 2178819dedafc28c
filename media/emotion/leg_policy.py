"""Whose voice may be judged: the customer's; an agent's never by default.

Inferring emotions of people at work from biometric data is prohibited in the European
Union (Regulation (EU) 2024/1689, Article 5(1)(f)), except for medical or safety reasons.
"""

from __future__ import annotations

import enum
from typing import ClassVar

from core.errors import NotAllowed
from core.log import get_logger

log = get_logger(__name__)


class Leg(enum.StrEnum):
    """Which end of a call."""

    CUSTOMER = "customer"
    AGENT = "agent"


class WorkerEmotionOff(NotAllowed):
    """The emotion of an agent was asked for without an explicit decision."""

    code: ClassVar[str] = "worker_emotion_off"


def permit(leg: Leg, *, worker_emotion_allowed_by: str = "") -> None:
    """Raise WorkerEmotionOff for the agent's leg, unless ``worker_emotion_allowed_by``
    says who decided it (the id of the setting's audit entry). Each use is logged."""
    if leg is Leg.CUSTOMER:
        return
    if not worker_emotion_allowed_by.strip():
        raise WorkerEmotionOff(
            "The emotion of an agent is not inferred from his voice.",
            hint="EU law prohibits it (AI Act, Art. 5(1)(f)). Where it is lawful, an audited "
            "setting has to say so.",
        )
    log.warning("emotion.worker_leg_allowed", decision=worker_emotion_allowed_by)
