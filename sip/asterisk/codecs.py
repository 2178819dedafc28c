"""Which of the configured codecs this Asterisk has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from config.model import Settings
from core.errors import BadInput

# codec -> any one of these modules gives it.
_MODULES: dict[str, frozenset[str]] = {
    "alaw": frozenset({"codec_alaw"}),
    "ulaw": frozenset({"codec_ulaw"}),
    "g722": frozenset({"codec_g722"}),
    "gsm": frozenset({"codec_gsm"}),
    "opus": frozenset({"codec_opus", "codec_opus_open_source"}),
}


class NoUsableCodec(BadInput):
    """An endpoint would have no codec at all: every call of it would fail (488)."""

    code: ClassVar[str] = "no_usable_codec"


def usable(codecs: Sequence[str], modules: Collection[str], where: str) -> list[str]:
    """Those of ``codecs`` that an Asterisk with ``modules`` has, in the same order;
    ``where`` is the setting that names them. Raises :class:`NoUsableCodec`."""
    found = [codec for codec in codecs if _MODULES.get(codec, frozenset()) & set(modules)]
    if not found:
        had = [codec for codec, names in _MODULES.items() if names & set(modules)]
        raise NoUsableCodec(
            f"This Asterisk has no module for any codec of {where}: {', '.join(codecs)}.",
            hint=f"It has {', '.join(had)}. Opus needs the module codec_opus.",
            where=where,
        )
    return found


def check_codecs(settings: Settings, modules: Collection[str]) -> None:
    """Raise :class:`NoUsableCodec` where phones or a trunk would have no codec."""
    usable(settings.sip.codecs, modules, "sip.codecs")
    for name, trunk in settings.trunks.items():
        if trunk.codecs:
            usable(trunk.codecs, modules, f"trunks.{name}.codecs")
