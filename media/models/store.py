"""The models of an installation: those of packages, and those in its model folder.

A model folder holds one folder a model: ``vosk-model-small-de-0.15/`` and so on. What
a folder is, its files tell; what language, its name or ``parley-model.json``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from core.log import get_logger
from media.models.bundled import bundled
from media.models.errors import ModelDamaged, NotAModel
from media.models.model import Kind, Model

log = get_logger(__name__)

NOTE = "parley-model.json"
_VOSK_NAME = re.compile(r"vosk-model-(?:small-)?([a-z]{2})(?:-|$)")
# Vosk's names that are no ISO 639-1.
_ISO = {"cn": "zh", "kz": "kk", "ua": "uk", "vn": "vi"}


def installed(folder: Path | None) -> list[Model]:
    """All models that can be used, those of ``folder`` first; a damaged one is left out
    and logged, so that it cannot keep the others from working."""
    found: list[Model] = []
    for place in sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []:
        if not place.is_dir() or place.name.startswith("."):
            continue
        try:
            model = recognise(place)
            model.check()
        except (NotAModel, ModelDamaged) as error:
            log.error("models.left_out", folder=place.name, code=error.code, hint=error.hint)
            continue
        found.append(model)
    return [*found, *bundled()]


def recognise(folder: Path) -> Model:
    """What model a folder holds; raises NotAModel."""
    note: dict[str, object] = {}
    if (folder / NOTE).is_file():
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    if (folder / "am").is_dir() or (folder / "conf" / "mfcc.conf").is_file():
        kind = Kind.VOSK
    elif (folder / "model.bin").is_file() and (folder / "tokenizer.json").is_file():
        kind = Kind.WHISPER
    else:
        raise NotAModel(
            f"{folder} holds no speech model.",
            hint="A Vosk model has the folders am and conf; a Whisper model for CTranslate2 "
            "has model.bin, config.json, tokenizer.json and vocabulary.json.",
        )
    languages = note.get("languages")
    return Model(
        name=folder.name, kind=kind, folder=folder,
        languages=tuple(languages) if isinstance(languages, list) else _languages(folder, kind),
        licence=str(note.get("licence", "")),
    )  # fmt: skip


def _languages(folder: Path, kind: Kind) -> tuple[str, ...]:
    if kind is Kind.WHISPER:
        return ("en",) if folder.name.endswith(".en") else ()
    found = _VOSK_NAME.search(folder.name)
    return (_ISO.get(found[1], found[1]),) if found else ()
