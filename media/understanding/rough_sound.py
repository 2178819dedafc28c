"""How Chinese sounds to a recogniser over the telephone, and in dialects: roughly."""

from __future__ import annotations

import functools
from pathlib import Path

_PINYIN = Path(__file__).parent / "data" / "pinyin.txt"
# Sounds that are mixed up, by what they are taken for.
_ALIKE = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"),
          ("l", "n"), ("h", "f")]  # fmt: skip


@functools.cache
def _sounds() -> dict[str, str]:
    sounds = {}
    for line in _PINYIN.read_text(encoding="utf-8").splitlines():
        sound, characters = line.split(" ")
        sounds.update(dict.fromkeys(characters, sound))
    return sounds


@functools.lru_cache(maxsize=4096)
def rough_sound(word: str) -> str:
    """How a Chinese character sounds, roughly and without its tone; other words stay
    themselves."""
    sound = _sounds().get(word)
    if sound is None:
        return word
    for of, taken_for in _ALIKE:
        if len(of) > 1 and sound.startswith(of):
            sound = taken_for + sound[len(of) :]
        elif len(of) > 1 and sound.endswith(of):
            sound = sound[: -len(of)] + taken_for
        elif len(of) == 1 and sound.startswith(of):
            sound = taken_for + sound[1:]
    return sound
