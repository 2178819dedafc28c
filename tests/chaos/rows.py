"""All rows: each module of ``faults`` and ``attacks`` that has a ``ROW``."""

from __future__ import annotations

import importlib
import pkgutil

from tests.chaos import attacks, faults
from tests.chaos.row import Row


def fault_rows() -> list[Row]:
    """What may happen to an installation, in the order of the modules' names."""
    return _rows(faults.__name__, list(faults.__path__))


def attack_rows() -> list[Row]:
    """What somebody may do to it."""
    return _rows(attacks.__name__, list(attacks.__path__))


def _rows(package: str, path: list[str]) -> list[Row]:
    names = sorted(module.name for module in pkgutil.iter_modules(path))
    found = [importlib.import_module(f"{package}.{name}") for name in names]
    return [module.ROW for module in found if hasattr(module, "ROW")]
