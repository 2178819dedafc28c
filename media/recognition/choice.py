"""Which model recognises what: by language, by use, and by how much there is to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.models.model import Kind, Model
from media.recognition.contract import Level, Use
from media.recognition.errors import SpeechUnavailable


@dataclass(frozen=True)
class Plan:
    """``guesses``: begin the final when a pause begins, before it is known to be one.
    ``live`` False: not now, from the recording after the call."""

    model: str
    partials: bool
    live: bool
    guesses: bool = False
    thorough: bool = False


class Chooser:
    """Over the models that are installed."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = list(models)

    def plan(
        self, language: str | None, use: Use, level: Level = Level.ALL, *, grammar: bool = False
    ) -> Plan:
        """What to do; raises SpeechUnavailable when no model knows ``language``.

        Vosk goes first where a model for the language is installed, because somebody
        chose to install it - but not after the call, where Whisper can take its time.
        Chinese and English have Whisper in any case.
        """
        if use is Use.AFTER_CALL:
            return Plan(self._best(language, use), partials=False, live=True, thorough=True)
        model = self._best(language, use)
        if level >= Level.CHEAPER and use is Use.LIVE:
            model = self._cheapest(language) or model
        return Plan(
            model,
            partials=not grammar and (level < Level.NO_PARTIALS or use is Use.MENU),
            live=level < Level.AFTER_CALL or use is Use.MENU,
            guesses=level < Level.CHEAPER or use is Use.MENU,
        )

    def _best(self, language: str | None, use: Use) -> str:
        able = [model for model in self._models if model.speaks(language)]
        if not able:
            raise SpeechUnavailable(
                f"No speech model for {language or 'an unknown language'} is installed.",
                hint="See what there is: parley models list --all",
                language=language,
            )
        vosk_first = use is not Use.AFTER_CALL
        return min(able, key=lambda m: self._order(m, vosk_first=vosk_first)).name

    def _order(self, model: Model, *, vosk_first: bool) -> tuple[bool, bool, int]:
        """Installed by hand before bundled; the many-tongued base before tiny."""
        wanted = (model.kind is Kind.VOSK) == vosk_first
        return not wanted, "tiny" in model.name, self._models.index(model)

    def _cheapest(self, language: str | None) -> str | None:
        small = [m for m in self._models if "tiny" in m.name and m.speaks(language)]
        return small[0].name if small else None
