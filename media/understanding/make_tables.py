"""Makes the character tables in ``data/``; needs the two packages it names.

``python -m media.understanding.make_tables``, after installing
``opencc-python-reimplemented`` (Apache-2.0) and ``pypinyin`` (MIT). The tables are in the
repository, so this is only run to renew them.

* ``simplified.txt``: first line the traditional characters, second line the simplified
  one of each; then one phrase a line, ``traditional<TAB>simplified``, where single
  characters would give the wrong word.
* ``pinyin.txt``: one syllable without tone a line, then the characters read so.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def main() -> None:
    """Write both tables."""
    opencc: Any = importlib.import_module("opencc")
    pypinyin: Any = importlib.import_module("pypinyin")
    _simplified(Path(opencc.__file__).parent / "dictionary")
    _pinyin(pypinyin)


def _simplified(folder: Path) -> None:
    pairs = dict(_entries(folder / "TSCharacters.txt"))
    pairs = {a: b for a, b in pairs.items() if a != b and len(a) == len(b) == 1 and ord(a) < 65536}
    phrases = {
        a: b
        for a, b in _entries(folder / "TSPhrases.txt")
        if len(a) == len(b) and "".join(pairs.get(c, c) for c in a) != b
    }
    lines = ["".join(pairs), "".join(pairs.values())]
    lines += [f"{a}\t{b}" for a, b in sorted(phrases.items())]
    _write("simplified.txt", lines)


def _entries(path: Path) -> list[tuple[str, str]]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(row[0], row[1].split(" ")[0]) for row in rows]


def _pinyin(pypinyin: Any) -> None:
    by_sound: dict[str, list[str]] = defaultdict(list)
    for code in range(0x4E00, 0x9FA6):
        character = chr(code)
        try:
            character.encode("gb2312")
        except UnicodeEncodeError:
            continue
        sound = pypinyin.lazy_pinyin(character, errors="ignore")
        if sound:
            by_sound[sound[0]].append(character)
    _write("pinyin.txt", [f"{sound} {''.join(by_sound[sound])}" for sound in sorted(by_sound)])


def _write(name: str, lines: list[str]) -> None:
    (DATA / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
