"""The flows that are asked: menus that begin again after each choice, for many in a call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PHRASES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "1": ("sales", "buy something"),
        "2": ("support", "technical help"),
        "3": ("accounts", "billing"),
        "4": ("lost card", "stolen"),
        "5": ("loans", "mortgage"),
        "0": ("operator", "speak to somebody"),
    },
    "zh": {
        "1": ("销售", "购买"),
        "2": ("技术支持", "维修"),
        "3": ("账户", "账单"),
        "4": ("挂失", "丢了"),
        "5": ("贷款", "借钱"),
        "0": ("人工", "客服"),
    },
}
SENTENCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "1": ("sales please", "I would like to buy something"),
        "2": ("um, support", "I need technical help"),
        "4": ("I have a lost card",),
        "5": ("it is about a mortgage",),
        "0": ("can I speak to somebody please",),
    },
    "zh": {
        "1": ("我要购买",),
        "2": ("我需要技术支持",),
        "3": ("我想查一下账单",),
        "4": ("我的卡丢了",),
        "5": ("我想办贷款",),
        "0": ("转人工",),
    },
}
OTHERS: Mapping[str, tuple[str, ...]] = {
    "en": ("the weather is nice today", "just a moment, I am on the phone"),
    "zh": ("今天天气很好", "你等一下，我在打电话"),
}
"""What no choice is meant by."""

MENU = """
languages: [{tag}]
start: main
limits: {{steps: 10000, seconds: 3600}}
invalid: {{prompts: [], attempts: 10}}
nothing: {{prompts: [], attempts: 10}}
unclear: {{prompts: [], attempts: 10}}
listening: {{sure: 0.35, doubtful: 0.35}}   # taken at once; the bench looks at the confidence
nodes:
  main:
    type: menu
    prompts: [main-menu]
    options:
{options}
    seconds: 8
    exhausted: main-again
  main-again: {{type: menu, prompts: [main-menu], options: {{9: end}}, exhausted: end}}
  end: {{type: hangup}}
"""

DIGITS = """
languages: [en]
start: main
limits: {steps: 10000, seconds: 3600}
invalid: {prompts: [], attempts: 10}
nothing: {prompts: [], attempts: 10}
unclear: {prompts: [], attempts: 10}
nodes:
  main:
    type: collect
    prompts: [main-menu]
    variable: digit
    max_length: 1
    sensitive: false
    speech: digits
    listening: {sure: 0.0, doubtful: 0.0}
    next: fork
    exhausted: end
  fork: {type: goto, by: digit, cases: {CASES}, next: end}
  NODES
  end: {type: hangup}
"""


def write_flows(folder: Path) -> dict[str, str]:
    """Write the flows; the settings that name them, with a number for each."""
    settings: dict[str, str] = {}
    for number, (name, tag) in enumerate((("en", "en"), ("zh", "zh-CN"), ("digits", "en"))):
        path = folder / f"{name}.yaml"
        path.write_text(_digits() if name == "digits" else _menu(name, tag), encoding="utf-8")
        settings[f"flows.{name}"] = str(path)
        settings[f"numbers.{4100 + number}"] = (
            f"{{label: {{en: Words}}, flow: {name}, language: {tag}}}"
        )
    return settings


NUMBERS: Mapping[str, str] = {"en": "4100", "zh": "4101", "digits": "4102"}


def _menu(language: str, tag: str) -> str:
    options = [
        f"      {key}: {{next: main, speech: {{{language}: [{', '.join(phrases)}]}}}}"
        for key, phrases in PHRASES[language].items()
    ]
    return MENU.format(tag=tag, options="\n".join(options))


def _digits() -> str:
    cases = ", ".join(f"{digit}: said-{digit}" for digit in range(10))
    nodes = "\n  ".join(f"said-{d}: {{type: goto, next: main}}" for d in range(10))
    return DIGITS.replace("CASES", cases).replace("NODES", nodes)
