"""How names and products are spoken, and numbers that are read digit by digit.

A lexicon is YAML, by language::

    en:
      Parley: /pˈɑɹli/          # phonemes, in slashes
      SIPp: sip pea             # or another spelling
    zh:
      重庆: chong2 qing4        # pinyin with tones
      Parley: 帕雷

The longest entry wins; Latin letters match whole words in either case.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from media.synthesis.contract import Part, PartKind
from media.synthesis.errors import BadLexicon

_MOST = 10_000  # entries
_PINYIN = re.compile(r"[a-zü]+[1-5](?: [a-zü]+[1-5])*")
# Numbers of orders, cards and phones; not amounts, nor what is counted.
_DIGITS = re.compile(
    r"(?<![\d.,¥￥$€£-])(?:\d{5,}|0\d{2,4})(?![\d%％])(?![.,:/-]\d)(?! ?[元块万亿人次名笔件个页])"
)
_CHINESE = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


class Lexicon:
    """``entries``: pronunciation by word, by language. Raises BadLexicon."""

    def __init__(self, entries: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._parts: dict[str, dict[str, Part]] = {}
        self._pattern: dict[str, re.Pattern[str]] = {}
        for tag, words in (entries or {}).items():
            language = tag.partition("-")[0].lower()
            own = self._parts.setdefault(language, {})
            own.update({_key(word): _part(word, said) for word, said in words.items()})
            if len(own) > _MOST:
                raise BadLexicon(f"The lexicon has over {_MOST} entries for {language}.")
        for language, own in self._parts.items():
            ordered = sorted(own, key=lambda word: (-len(word), word))
            if ordered:
                pattern = "|".join(map(_bounded, ordered))
                self._pattern[language] = re.compile(pattern, re.IGNORECASE)

    @classmethod
    def read(cls, path: Path) -> Lexicon:
        """A lexicon from a file; raises BadLexicon. Disk work."""
        try:
            raw: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise BadLexicon(f"The lexicon {path} cannot be read: {error}.") from None
        if not isinstance(raw, dict) or not all(
            isinstance(words, dict)
            and all(isinstance(w, str) and isinstance(s, str) for w, s in words.items())
            for words in raw.values()
        ):
            raise BadLexicon(
                f"The lexicon {path} does not map languages to words to pronunciations.",
                hint="See docs/synthesis.md; words and pronunciations that YAML takes for "
                "numbers or truth values need quotes.",
            )
        return cls({str(tag): words for tag, words in raw.items()})

    @property
    def version(self) -> str:
        """Changes with what is in it."""
        entries = {
            language: {word: [part.kind, part.value] for word, part in sorted(own.items())}
            for language, own in sorted(self._parts.items())
        }
        return hashlib.sha256(json.dumps(entries).encode()).hexdigest()[:12]

    def apply(self, clause: str, language: str) -> list[Part]:
        """``clause`` with every entry in its place, and long numbers as digits."""
        pattern = self._pattern.get(language)
        if pattern is None:
            return [Part(PartKind.TEXT, _spelled(clause, language))]
        parts: list[Part] = []
        at = 0
        for match in pattern.finditer(clause):
            _text(parts, _spelled(clause[at : match.start()], language))
            part = self._parts[language][_key(match[0])]
            if part.kind is PartKind.TEXT:
                _text(parts, part.value)
            else:
                parts.append(part)
            at = match.end()
        _text(parts, _spelled(clause[at:], language))
        return parts


def _text(parts: list[Part], text: str) -> None:
    """Add to the text before, so that an engine sees one sentence."""
    if not text:
        return
    if parts and parts[-1].kind is PartKind.TEXT:
        parts[-1] = Part(PartKind.TEXT, parts[-1].value + text)
    else:
        parts.append(Part(PartKind.TEXT, text))


def _part(word: str, said: str) -> Part:
    said = said.strip()
    if not word.strip() or not said:
        raise BadLexicon("The lexicon has an empty word or pronunciation.", word=word)
    if len(said) > 2 and said.startswith("/") and said.endswith("/"):
        return Part(PartKind.PHONEMES, said[1:-1])
    if _PINYIN.fullmatch(said):
        return Part(PartKind.PINYIN, said)
    return Part(PartKind.TEXT, said)


def _key(word: str) -> str:
    return word.strip().casefold()


def _bounded(word: str) -> str:
    before = r"(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return before + re.escape(word) + after


def _spelled(text: str, language: str) -> str:
    """Long numbers digit by digit."""

    def digits(match: re.Match[str]) -> str:
        if language == "zh":
            return "".join(_CHINESE[d] for d in match[0])
        return " ".join(match[0])

    return _DIGITS.sub(digits, text) if language in ("zh", "en") else text
