"""From pydantic's errors to ours: place, key, what was found, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.place import KeyPath
from config.problems import Problem, listing, nearest
from config.yaml_tree import Tree

_SECRET_KEY = re.compile(
    r"(?i)(pass(word|wd|phrase)?|pwd|secret|token|api_?key|md5_?cred|private_?key)$"
)
_WITH_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")
_MADE_BY_US = frozenset({"name", "id", "code", "number"})


def looks_secret(key: str | int) -> bool:
    """Whether a key of this name would hold a secret in plain text."""
    return isinstance(key, str) and bool(_SECRET_KEY.search(key))


def explain(error: ValidationError, model: type[BaseModel], tree: Tree) -> list[Problem]:
    """One :class:`Problem` an error, in the order of the files' lines."""
    problems = [_problem(detail, model, tree) for detail in error.errors(include_url=False)]
    unique = {(str(p.place), p.key, p.message): p for p in problems}
    return sorted(unique.values(), key=lambda p: (p.place.source, p.place.line))


def written_path(detail: ErrorDetails, tree: Tree) -> KeyPath:
    """The part of pydantic's location that stands in the files."""
    path: list[str | int] = []
    value = tree.value
    for part in detail["loc"]:
        if isinstance(value, list):
            value = dict(enumerate(value))
        if not isinstance(value, Mapping) or part not in value:
            break
        value = value[part]
        path.append(part)
    return tuple(path)


def _problem(detail: ErrorDetails, model: type[BaseModel], tree: Tree) -> Problem:
    path = written_path(detail, tree)
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind == "missing":
        key = (*path, str(detail["loc"][-1]))
        return Problem(place=tree.place(path), key=key, message="is required and missing")
    if kind == "extra_forbidden":
        return _unknown_key(path, model, tree)
    place = tree.place(path)
    if kind == "refused":
        return Problem(
            place=place, key=path, message="", found=_shown(detail["input"], path),
            allowed=str(context["allowed"]),
        )  # fmt: skip
    return Problem(
        place=place, key=path, message="", found=_shown(detail["input"], path),
        allowed=_allowed(kind, context, detail["msg"]),
    )  # fmt: skip


def _unknown_key(path: KeyPath, model: type[BaseModel], tree: Tree) -> Problem:
    key = str(path[-1])
    allowed = keys_at(model, path[:-1])
    if looks_secret(key):
        return Problem(
            place=tree.place(path), key=path,
            message="looks like a secret in plain text, which is never kept in these files",
            allowed="'secret: NAME', with the secret itself in the environment variable "
            "PARLEY_SECRET_<NAME> or in a file NAME in the folder PARLEY_SECRETS_DIR",
        )  # fmt: skip
    return Problem(
        place=tree.place(path), key=path, message="unknown key", allowed=listing(allowed, 40),
        meant=nearest(key, allowed),
    )  # fmt: skip


def keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that the model allows in the mapping at ``path``."""
    here: Any = model
    for part in path:
        here = _step(here, part)
        if here is None:
            return []
    here = _model_in(here)
    if here is None:
        return []
    keyed = len(path) == 2  # a named thing, whose name is its key already
    return [f for f in here.model_fields if not (keyed and f in _MADE_BY_US and _own_name(here, f))]


def _own_name(model: type[BaseModel], field: str) -> bool:
    """Whether the loader fills in ``field`` from the key (a plain text, default '')."""
    info = model.model_fields[field]
    return info.annotation is str and info.default == ""


def _step(here: Any, part: str | int) -> Any:
    found = _model_in(here)
    if found is not None:
        info = found.model_fields.get(str(part))
        return None if info is None else info.annotation
    arguments = get_args(here)
    if get_origin(here) is dict:
        return arguments[1]
    if get_origin(here) is tuple:
        return arguments[0]
    options = [_step(option, part) for option in arguments]
    return next((option for option in options if option is not None), None)


def _model_in(here: Any) -> type[BaseModel] | None:
    if isinstance(here, type) and issubclass(here, BaseModel):
        return here
    if get_origin(here) in (dict, tuple, list):
        return None
    return next((m for m in map(_model_in, get_args(here)) if m is not None), None)


def _shown(value: Any, path: KeyPath) -> str:
    if any(looks_secret(part) for part in path):
        return "a value that is not shown"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, BaseModel):
        return f"{type(value).__name__} as it is"
    if value is None:
        return "nothing"
    if _WITH_PASSWORD.search(str(value)):
        return "a value that is not shown"
    text = repr(str(value))
    return text if len(text) <= 80 else f"{text[:76]}...'"


def _allowed(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        limit = next(iter(context.values()))
        words = {"greater_than_equal": "at least", "less_than_equal": "at most",
                 "greater_than": "more than", "less_than": "less than"}  # fmt: skip
        return f"a number of {words[kind]} {limit:g}"
    if kind in ("literal_error", "enum"):
        return str(context["expected"]).replace(" or ", ", ").replace("'", "")
    fixed = {
        "bool_parsing": "true, false, on, off, yes or no",
        "bool_type": "true, false, on, off, yes or no",
        "int_parsing": "a whole number",
        "int_type": "a whole number",
        "float_parsing": "a number",
        "float_type": "a number",
        "string_type": "a text",
        "dict_type": "a mapping of keys to values",
        "model_type": "a mapping of keys to values",
        "model_attributes_type": "a mapping of keys to values",
        "tuple_type": "a list",
        "list_type": "a list",
        "too_short": f"at least {context.get('min_length')} entries",
    }
    if kind == "string_pattern_mismatch":
        return f"text of the form {context['pattern']}"
    return fixed.get(kind, message)
