"""Structured logs: one JSON line an event.

Rules that the rest of the code keeps:

* the first argument is a stable dotted event name, never a sentence with values;
* values are keyword fields; what belongs to a contact carries ``contact=<id>``;
* personal data (numbers, names, message text, speech) is never a field. As a
  second fence, fields whose names say they are personal or secret are masked.

Logging never raises and never waits, whatever becomes of the disk or the pipe that it
is written to and whatever the values are: most of it is done where something else has
gone wrong already.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from core.log_sink import LogSink

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


def _told_whatever(render: Any) -> Any:
    """``render``, or for values that it cannot render, a line without them."""

    def rendered(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        try:
            return str(render(logger, method, event))
        except Exception as error:
            plain = {key: _plain(event.get(key)) for key in ("event", "level", "timestamp", "room")}
            return json.dumps({**plain, "not_rendered": type(error).__name__}, sort_keys=True)

    return rendered


def _plain(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        return "?"


def configure_logging(
    level: str = "info", *, stream: TextIO | None = None, pretty: bool = False
) -> None:
    """Set up logging for this process, ours and the libraries' alike.

    ``level`` is one of debug, info, warning, error. ``pretty`` prints for a
    person at a terminal instead of JSON lines.
    """
    out = LogSink(stream or sys.stderr)
    logging.raiseExceptions = False
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

    def rendered(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
        return renderer(logger, method, structlog.processors.format_exc_info(logger, method, event))

    structlog.configure(
        processors=[*shared, _told_whatever(rendered)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    handler: logging.Handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _told_whatever(rendered),
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
