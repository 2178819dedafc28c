"""The catalogue of prompts: id and language -> text, and the sound that Asterisk plays.

A folder of prompts holds ``catalogue.yaml`` and ``<language>/<id>.wav``. The one that
comes with Parley lies beside this file; an installation may name another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from media.errors import PromptMissing

FOLDER = Path(__file__).resolve().parent
BEEPS = "beeps"


@dataclass(frozen=True)
class Catalogue:
    """Prompts of one folder."""

    folder: Path
    texts: Mapping[str, Mapping[str, str]]
    """Prompt id -> language (BCP 47) -> text."""
    languages: tuple[str, ...]
    fallback: str
    """The language used when a prompt does not exist in the one asked for."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Languages spoken by another one's sounds: zh-TW -> zh-CN."""
    beeps: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Catalogue:
        """Read ``catalogue.yaml``; raises PromptMissing when it is not there or is
        not a catalogue."""
        file = folder / "catalogue.yaml"
        try:
            data: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
            return cls(
                folder=folder,
                texts={str(name): dict(texts) for name, texts in data["prompts"].items()},
                languages=tuple(data["languages"]),
                fallback=str(data["fallback"]),
                aliases=dict(data.get("aliases", {})),
                beeps=dict(data.get("beeps", {})),
            )
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise PromptMissing(
                f"{file} is not a catalogue of prompts: {error!r}.",
                hint="It needs 'languages', 'fallback' and 'prompts: {id: {language: text}}'.",
            ) from error

    def language_for(self, prompt: str, language: str) -> str:
        """The language in which ``prompt`` is spoken when ``language`` is asked for:
        that one, its alias, a relative (en for en-AU), or the fallback.

        Raises PromptMissing.
        """
        texts = self.texts.get(prompt)
        if texts is None:
            raise PromptMissing(
                f"There is no prompt {prompt!r}.",
                hint=f"Add it to {self.folder / 'catalogue.yaml'} or use another.",
                prompt=prompt,
            )
        base = language.split("-")[0]
        for wanted in (language, self.aliases.get(language), base, self.aliases.get(base)):
            if wanted in texts:
                return str(wanted)
        if self.fallback in texts:
            return self.fallback
        raise PromptMissing(
            f"The prompt {prompt!r} has neither {language} nor the fallback {self.fallback}.",
            hint=f"It has: {', '.join(texts)}.",
            prompt=prompt,
        )

    def text(self, prompt: str, language: str) -> str:
        """What the prompt says; raises PromptMissing."""
        return self.texts[prompt][self.language_for(prompt, language)]

    def sound(self, prompt: str, language: str) -> str:
        """Absolute path without extension, as Asterisk's Playback and STREAM FILE want it.

        Beeps are prompts too, the same in every language. Raises PromptMissing.
        """
        if prompt in self.beeps:
            path = self.folder / BEEPS / prompt
        else:
            path = self.folder / self.language_for(prompt, language) / prompt
        if path not in self._present:
            raise PromptMissing(
                f"The sound {path}.wav of the prompt {prompt!r} is missing.",
                hint="Render it (media/prompts/README.md) or put a recording there.",
                prompt=prompt,
            )
        return str(path)

    @cached_property
    def _present(self) -> frozenset[Path]:
        """Sounds that exist: looked up once, so that playing never touches the disk."""
        return frozenset(p.with_suffix("") for p in self.folder.glob("*/*.wav"))

    def missing_sounds(self) -> list[Path]:
        """Sounds that the catalogue promises and the folder lacks."""
        wanted = [self.folder / BEEPS / name for name in self.beeps]
        wanted += [
            self.folder / language / name
            for name, texts in self.texts.items()
            for language in texts
        ]
        return sorted(p.with_suffix(".wav") for p in wanted if p not in self._present)
