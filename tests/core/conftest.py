"""Fixtures for the ground floor."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from core.log import configure_logging


@pytest.fixture
def log_output() -> Iterator[io.StringIO]:
    """What is logged from here on; everything is as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("debug", stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
