"""Settings from environment variables, which win over the files.

``PARLEY_SIP__PORT=5070`` sets ``sip.port``: two underscores go one level down, and
names of queues and the like match whatever their case and punctuation
(``PARLEY_QUEUES__CREDIT_CARDS__PRIORITY``). A few have short names of their own.
Lists and mappings are written as YAML: ``PARLEY_SIP__CODECS='[alaw, opus]'``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from config.explain import keys_at
from config.model import Settings
from config.place import KeyPath, Place, Scalar, dotted
from config.problems import ConfigError, Problem, listing, nearest
from config.yaml_tree import Tree, parse_yaml

SHORT: Mapping[str, KeyPath] = {
    "REDIS_URL": ("server", "redis_url"),
    "DATABASE_URL": ("server", "database_url"),
    "PARLEY_WEB_HOST": ("server", "web", "host"),
    "PARLEY_WEB_PORT": ("server", "web", "port"),
    "PARLEY_SIP_PORT": ("sip", "port"),
    "PARLEY_LOG_LEVEL": ("server", "log_level"),
    "PARLEY_STATE_DIR": ("server", "state_dir"),
}
# Read elsewhere; not settings.
OTHERS = ("PARLEY_CONFIG", "PARLEY_SECRETS_DIR", "PARLEY_SECRET_")


def apply_environment(tree: Tree, environ: Mapping[str, str]) -> list[Problem]:
    """Write what the environment says into ``tree``; the problems met on the way."""
    problems: list[Problem] = []
    for variable in sorted(environ):
        place = Place(f"environment variable {variable}")
        if variable in SHORT:
            if environ[variable]:
                put(tree, SHORT[variable], environ[variable], place)
        elif variable.startswith("PARLEY_") and not variable.startswith(OTHERS):
            if "__" not in variable:
                meant = nearest(variable, [*SHORT, "PARLEY_CONFIG", "PARLEY_SECRETS_DIR"])
                problems.append(
                    Problem(place=place, key=(), message="is not used by Parley", meant=meant,
                            allowed=f"{listing(SHORT)}, PARLEY_<SECTION>__<KEY>", warning=True)
                )  # fmt: skip
                continue
            path = _path(variable.removeprefix("PARLEY_").split("__"), tree)
            try:
                put(tree, path, environ[variable], place)
            except ConfigError as error:
                problems += error.problems
    return problems


def put(tree: Tree, path: KeyPath, text: str, place: Place) -> None:
    """Set ``path`` to ``text`` (YAML when it begins with a bracket or a brace)."""
    here: Any = tree.value
    for part in path[:-1]:
        if not isinstance(here, dict):
            break
        if here.get(part) is None:
            here[part] = {}
        here = here[part]
    if not isinstance(here, dict):
        raise ConfigError(
            [Problem(place=place, key=path, message=f"{dotted(path[:-1])} has no keys")]
        )
    forget(tree, path)
    if text.startswith(("[", "{")):
        inner = parse_yaml(f"value: {text}", place.source)
        value = inner.value["value"]
    else:
        value = Scalar(text, place)
    here[path[-1]] = value
    tree.places[path] = place


def forget(tree: Tree, path: KeyPath) -> None:
    """Drop the places of ``path`` and of everything under it."""
    for known in [p for p in tree.places if p[: len(path)] == path]:
        del tree.places[known]


def _path(parts: list[str], tree: Tree) -> KeyPath:
    path: list[str] = []
    here: Any = tree.value
    for part in parts:
        choices = [*(here if isinstance(here, dict) else ()), *keys_at(Settings, path)]
        key = next((c for c in choices if _folded(c) == _folded(part)), part.lower())
        path.append(key)
        here = here.get(key) if isinstance(here, dict) else None
    return tuple(path)


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", name.lower())
