"""Load the configuration: files, then the environment, then explicit overrides.

The main file may ``include`` others (names or patterns, relative to it); a folder
stands for the ``parley.yaml`` in it, or for all its ``*.yaml``. Sections may be
spread over files as one likes, but one key is given in one file only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.checks import check
from config.environment import apply_environment, put
from config.explain import explain, written_path
from config.model import Settings
from config.place import KeyPath, Place
from config.problems import ConfigError, Problem
from config.yaml_tree import Tree, read_yaml

MAIN = "parley.yaml"
SAMPLE = Path(__file__).parent / "sample" / MAIN


@dataclass(frozen=True)
class Loaded:
    """The settings, where each given value came from, and what looks doubtful."""

    settings: Settings
    tree: Tree
    files: tuple[Path, ...]
    warnings: tuple[Problem, ...]

    def origin(self, path: KeyPath) -> Place:
        """Where the value at ``path`` was given ('built-in defaults' if nowhere)."""
        return self.tree.place(path) if path in self.tree.places else Place("built-in defaults")


def find_config(environ: Mapping[str, str] = os.environ) -> Path:
    """``$PARLEY_CONFIG``, ``./parley.yaml``, ``/etc/parley/parley.yaml``, whichever
    is there first; else the sample company that comes with Parley."""
    named = environ.get("PARLEY_CONFIG")
    if named:
        return Path(named)
    for place in (Path(MAIN), Path("/etc/parley") / MAIN):
        if place.exists():
            return place
    return SAMPLE


def load(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Loaded:
    """Read, merge and validate everything.

    ``overrides`` maps dotted keys (``"sip.port"``) to text and wins over all else.
    Raises :class:`~config.problems.ConfigError` with every error found.
    """
    environ = os.environ if environ is None else environ
    tree, files, problems = _read_files(path or find_config(environ))
    problems += apply_environment(tree, environ)
    for key, text in (overrides or {}).items():
        try:
            put(tree, tuple(key.split(".")), text, Place("override"))
        except ConfigError as error:
            problems += error.problems
    settings, found = _validate(tree)
    problems += found
    errors = [problem for problem in problems if not problem.warning]
    if errors or settings is None:
        raise ConfigError(errors)
    warnings = tuple(problem for problem in problems if problem.warning)
    return Loaded(settings, tree, files, warnings)


def _read_files(path: Path) -> tuple[Tree, tuple[Path, ...], list[Problem]]:
    problems: list[Problem] = []
    main = path
    others: list[Path] = []
    if path.is_dir():
        if (path / MAIN).is_file():
            main = path / MAIN
        else:
            main, *others = sorted(path.glob("*.yaml")) or [path / MAIN]
    tree = _read(main, main.parent, problems)
    included, include_problems = _included(tree, main)
    problems += include_problems
    files = [main, *others, *included]
    for file in files[1:]:
        _merge(tree, _read(file, main.parent, problems), problems)
    return tree, tuple(files), problems


def _read(file: Path, base: Path, problems: list[Problem]) -> Tree:
    shown = str(file.relative_to(base)) if file.is_relative_to(base) else str(file)
    try:
        return read_yaml(file, shown=shown)
    except ConfigError as error:
        problems += error.problems
        return Tree({}, {(): Place(shown)})


def _included(tree: Tree, main: Path) -> tuple[list[Path], list[Problem]]:
    wanted = tree.value.pop("include", None)
    place = tree.places.pop(("include",), tree.place(()))
    if wanted is None:
        return [], []
    files: list[Path] = []
    problems: list[Problem] = []
    for pattern in wanted if isinstance(wanted, list) else [wanted]:
        if not isinstance(pattern, str) or Path(str(pattern)).is_absolute():
            message = "each entry is a file name or pattern relative to this file"
            problems.append(Problem(place=place, key=("include",), message=message))
            continue
        found = sorted(p for p in main.parent.glob(str(pattern)) if p != main and p not in files)
        if not found and not any(c in pattern for c in "*?["):
            problems.append(
                Problem(place=place, key=("include",), message="there is no such file",
                        found=repr(str(pattern)))
            )  # fmt: skip
        files += found
    return files, problems


def _merge(tree: Tree, more: Tree, problems: list[Problem]) -> None:
    if "include" in more.value:
        place = more.place(("include",))
        problems.append(
            Problem(place=place, key=("include",), message="only the main file may include others")
        )
        del more.value["include"]

    def join(into: dict[str, Any], new: Mapping[str, Any], path: KeyPath) -> None:
        for key, value in new.items():
            here = (*path, key)
            if key in into and isinstance(into[key], dict) and isinstance(value, dict):
                join(into[key], value, here)
            elif key in into:
                problems.append(
                    Problem(place=more.place(here), key=here,
                            message=f"was already given in {tree.place(here)}; keep one")
                )  # fmt: skip
            else:
                into[key] = value

    join(tree.value, more.value, ())
    tree.places = more.places | tree.places


def _validate(tree: Tree) -> tuple[Settings | None, list[Problem]]:
    """Validate; when parts are wrong, leave them out and check the rest too, so that
    one run shows everything."""
    names = {
        section: set(value) for section, value in tree.value.items() if isinstance(value, dict)
    }
    problems: list[Problem] = []
    pruned = _copy(tree.value)
    left_out: set[KeyPath] = set()
    for _ in range(10):
        try:
            settings = Settings.model_validate(pruned)
        except ValidationError as error:
            attempt = Tree(pruned, tree.places)
            problems += [
                problem
                for problem in explain(error, Settings, attempt)
                if not any(path[: len(problem.key)] == problem.key for path in left_out)
            ]
            details = error.errors(include_url=False)
            paths = {written_path(detail, attempt) for detail in details}
            # What is wrong above something that was left out is its consequence.
            left_out |= {
                written_path(d, attempt) for d in details if d["type"] != "extra_forbidden"
            }
            if () in paths:
                return None, problems
            for path in paths:
                _remove(pruned, path)
            continue
        return settings, [*problems, *check(settings, tree, names, complete=not problems)]
    return None, problems


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _remove(value: Any, path: KeyPath) -> None:
    """Take ``path`` out; of a list, the list as a whole."""
    for here in range(len(path)):
        if here + 1 == len(path) or not isinstance(value[path[here]], dict):
            del value[path[here]]
            return
        value = value[path[here]]
