"""Reads Asterisk's configuration language as Asterisk does, for tests.

Comments (``;`` unless escaped, and ``;-- ... --;``), sections, ``key=value`` and
``key=>value``. Written from the format's description, apart from what generates.
"""

from __future__ import annotations

import re
from functools import lru_cache

Sections = list[tuple[str, list[tuple[str, str]]]]


@lru_cache(256)
def read_conf(text: str) -> Sections:
    """Sections in order, each with its (key, value) pairs in order."""
    sections: Sections = [("", [])]
    commented = False
    for line in text.split("\n"):
        for part in line.split("\r"):
            kept, commented = _uncommented(part, commented)
            kept = kept.strip()
            if not kept:
                continue
            if kept.startswith("["):
                sections.append((kept[1 : kept.index("]")], []))
            elif kept.startswith("#"):
                sections[-1][1].append((kept.split()[0], kept))
            else:
                key, _, value = kept.partition("=")
                sections[-1][1].append((key.strip(), value.removeprefix(">").strip()))
    return sections


def _uncommented(line: str, commented: bool) -> tuple[str, bool]:
    if not commented and ";" not in line:
        return line, False
    out, i = "", 0
    while i < len(line):
        if commented:
            end = line.find("--;", i)
            if end < 0:
                return out, True
            commented, i = False, end + 3
        elif line[i] == "\\" and line[i + 1 : i + 2] == ";":
            out, i = out + ";", i + 2
        elif re.match(r";--(?!-)", line[i:]):
            commented, i = True, i + 3
        elif line[i] == ";":
            return out, False
        else:
            out, i = out + line[i], i + 1
    return out, commented
