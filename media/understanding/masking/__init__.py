"""Sensitive numbers masked before anything is stored or shown."""

from media.understanding.masking.audio import silences
from media.understanding.masking.cues import asks_for_secret
from media.understanding.masking.find import Sensitive
from media.understanding.masking.leg import Correction, Final, LegMasker
from media.understanding.masking.mask import Masked, mask, mask_alone
from media.understanding.masking.policy import Policy

__all__ = [
    "Correction",
    "Final",
    "LegMasker",
    "Masked",
    "Policy",
    "Sensitive",
    "asks_for_secret",
    "mask",
    "mask_alone",
    "silences",
]
