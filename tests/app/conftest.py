"""Fixtures of the app's tests."""

from tests.support.routing import house  # noqa: F401
