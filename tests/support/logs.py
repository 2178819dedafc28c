"""What our code logged during a test.

async def test_x(log_lines):
    ...
    assert [line for line in log_lines if line["event"] == "recording.failed"]
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog

LogLines = list[dict[str, Any]]


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """The lines so far: ``event``, ``level`` and the fields of each."""
    lines: LogLines = []

    def keep(_logger: Any, level: str, line: MutableMapping[str, Any]) -> Any:
        lines.append({**line, "level": level})
        return line

    before = structlog.get_config()["processors"]
    structlog.configure(processors=[keep, *before])
    yield lines
    structlog.configure(processors=before)
