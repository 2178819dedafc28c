"""What an installation can say and hear, for the check of flows: told from which packages
and models are installed, without loading any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.model import Settings
from core.errors import ParleyError
from media.synthesis import engines


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """``cannot_say`` and ``cannot_hear`` tell why a text in a language (``en``, ``zh-CN``)
    cannot be spoken or recognised; '' if it can. ``unheard``: those of some phrases in a
    language that the model which listens to menus can never recognise."""

    cannot_say: Callable[[str], str] = field(default=lambda language: "")
    cannot_hear: Callable[[str], str] = field(default=lambda language: "")
    unheard: Callable[[Sequence[str], str], Sequence[str]] = field(
        default=lambda phrases, language: ()
    )


def abilities_of(settings: Settings) -> Abilities:
    """Of this installation with ``settings``."""
    return Abilities(cannot_say=lambda language: _cannot_say(settings, language))


def _cannot_say(settings: Settings, language: str) -> str:
    synthesis = settings.synthesis
    if not synthesis.enabled:
        return "synthesis is switched off (synthesis.enabled)"
    voice = synthesis.voices.get(language.partition("-")[0])
    try:
        engines.choose(engines.available(), language, voice)
    except ParleyError as error:
        return f"{error.message} {error.hint or ''}".strip()
    return ""
