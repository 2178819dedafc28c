"""Structured logs: one JSON line an event.

Rules that the rest of the code keeps:

* the first argument is a stable dotted event name, never a sentence with values;
* values are keyword fields; what belongs to a contact carries ``contact=<id>``;
* personal data (numbers, names, message text, speech) is never a field. As a
  second fence, fields whose names say they are personal or secret are masked.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

PERSONAL_OR_SECRET = frozenset(
    {
        "password", "secret", "token", "authorization", "md5_cred",
        "caller", "caller_number", "caller_name", "callerid", "number", "phone",
        "text", "transcript", "email", "name", "body",
    }
)  # fmt: skip
MASK = "***"


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in PERSONAL_OR_SECRET.intersection(event):
        event[key] = MASK
    return event


def configure_logging(
    level: str = "info", *, stream: TextIO | None = None, pretty: bool = False
) -> None:
    """Set up logging for this process, ours and the libraries' alike.

    ``level`` is one of debug, info, warning, error. ``pretty`` prints for a
    person at a terminal instead of JSON lines.
    """
    out = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=out.isatty())
        if pretty
        else structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))


def get_logger(name: str) -> Any:
    """A logger whose lines carry ``room=<module>``."""
    return structlog.get_logger(room=name)
