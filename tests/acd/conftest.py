"""Fixtures of the routing tests."""

from tests.acd.floor import make_floor  # noqa: F401
from tests.support.routing import house  # noqa: F401
