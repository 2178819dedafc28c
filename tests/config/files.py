"""Small configurations for tests, as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from config.load import Loaded, load
from config.problems import ConfigError, Problem

FLOW = "languages: [en]\nstart: bye\nnodes:\n  bye: {type: hangup}\n"

SMALL = """\
company: {time_zone: Asia/Shanghai, languages: [zh-CN, en]}
trunks:
  carrier: {secret: trunk-carrier}
numbers:
  "4001": {flow: main}
skills: {cards: Cards}
queues:
  cards: {skills: {cards: 3}}
agents:
  ann: {extension: "6001", skills: {cards: 5}}
flows: {main: main.yaml}
"""


def write(folder: Path, text: str = SMALL, /, **more: str) -> Path:
    """``parley.yaml`` with ``text``, further files ``name="..."`` as ``name.yaml``."""
    (folder / "main.yaml").write_text(FLOW)
    for name, content in more.items():
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    main = folder / "parley.yaml"
    main.write_text(text, encoding="utf-8")
    return main


def loaded(path: Path, environ: Mapping[str, str] | None = None, **overrides: str) -> Loaded:
    """Load without looking at this process's environment."""
    return load(path, environ=environ or {}, overrides=overrides)


def problems(path: Path, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """What is wrong with it; empty when nothing is."""
    try:
        loaded(path, environ)
    except ConfigError as error:
        return list(error.problems)
    return []
