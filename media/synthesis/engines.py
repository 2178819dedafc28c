"""Which engines there are: ours, and those that other packages bring.

A package adds one by an entry point of the group ``parley.synthesizers`` that names its
class; of two that speak a language, the one that is not ours goes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from core.log import get_logger
from media.synthesis.contract import Engine
from media.synthesis.errors import SynthesisUnavailable, VoiceMissing
from media.synthesis.hibari_engine import HibariEngine
from media.synthesis.kokoro_engine import KokoroEngine

log = get_logger(__name__)

GROUP = "parley.synthesizers"
BUILT_IN: tuple[type[Engine], ...] = (HibariEngine, KokoroEngine)


@dataclass(frozen=True)
class Chosen:
    """An engine that can speak, the voice and the ISO 639-1 language."""

    engine: type[Engine]
    voice: str
    language: str


def available() -> dict[str, type[Engine]]:
    """All engines by name, plug-ins first; one that cannot be imported is logged."""
    found: dict[str, type[Engine]] = {}
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda p: p.name):
        try:
            engine: type[Engine] = point.load()
        except Exception as error:
            log.error("synthesis.plugin_broken", plugin=point.name, reason=type(error).__name__)
            continue
        found[engine.name] = engine
    return found | {engine.name: engine for engine in BUILT_IN if engine.name not in found}


def choose(engines: Mapping[str, type[Engine]], language: str, voice: str | None) -> Chosen:
    """Who speaks; raises VoiceMissing, SynthesisUnavailable."""
    spoken = language.replace("_", "-").partition("-")[0].lower()
    able = [engine for engine in engines.values() if spoken in engine.voices]
    if not able:
        known = sorted({tag for engine in engines.values() for tag in engine.voices})
        raise VoiceMissing(
            f"Nothing here speaks {language!r}.", hint=f"There are voices for: {', '.join(known)}."
        )
    if voice is not None:
        named = [engine for engine in able if voice in engine.voices[spoken]]
        if not named:
            known = sorted({v for engine in able for v in engine.voices[spoken]})
            raise VoiceMissing(
                f"There is no voice {voice!r} for {spoken}.", hint=f"There are: {', '.join(known)}."
            )
        able = named
    ready = [engine for engine in able if not missing(engine)]
    if not ready:
        raise SynthesisUnavailable(
            f"{able[0].name}, which speaks {spoken}, is not installed: "
            f"{', '.join(missing(able[0]))} missing.",
            hint="Install the extra 'speech': make setup, or pip install 'parley[speech]'.",
        )
    return Chosen(ready[0], voice or ready[0].voices[spoken][0], spoken)


def missing(engine: type[Engine]) -> list[str]:
    """The packages of ``engine`` that are not installed."""
    return [name for name in engine.packages if _version(name) is None]


def version(engine: type[Engine]) -> str:
    """Of all packages that its sound depends on."""
    return " ".join(f"{name}={_version(name)}" for name in engine.packages)


def reference(engine: type[Engine]) -> str:
    """How its process finds the class: ``module:name``."""
    return f"{engine.__module__}:{engine.__qualname__}"


@cache  # read from the disk
def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
