"""Fixtures of the routing tests."""

from tests.support.routing import house  # noqa: F401
