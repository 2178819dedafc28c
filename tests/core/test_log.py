"""Logs are one JSON object a line and never tell who a person is."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog

from core.log import MASK, PERSONAL_OR_SECRET, configure_logging, get_logger


def lines(log_output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_output.getvalue().splitlines()]


def test_a_line_is_an_event_with_fields(log_output: io.StringIO) -> None:
    get_logger("sip.ami").info("ami.connected", contact="con_1", seconds=0.25, text_length=3)
    (line,) = lines(log_output)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "ami.connected",
        "level": "info",
        "room": "sip.ami",
        "contact": "con_1",
        "seconds": 0.25,
        "text_length": 3,
    }


@pytest.mark.parametrize("field", sorted(PERSONAL_OR_SECRET))
def test_personal_and_secret_fields_are_masked(log_output: io.StringIO, field: str) -> None:
    get_logger("x").warning("some.event", **{field: "+49 30 5551234567"})
    structlog.stdlib.get_logger("x").warning("some.event", **{field: "+49 30 5551234567"})
    assert "5551234567" not in log_output.getvalue()
    assert all(line[field] == MASK for line in lines(log_output))


def test_an_error_brings_its_traceback_on_the_same_line(log_output: io.StringIO) -> None:
    try:
        raise LookupError("on purpose")
    except LookupError as error:
        get_logger("x").error("some.failure", exc_info=error)
    (line,) = lines(log_output)
    assert "LookupError: on purpose" in line["exception"]


def test_lines_of_libraries_have_the_same_form(log_output: io.StringIO) -> None:
    logging.getLogger("some.library").warning("it broke: %s", "badly")
    logging.getLogger("some.library").info("chatter")
    (line,) = lines(log_output)
    assert line["event"] == "it broke: badly"
    assert line["logger"] == "some.library"


def test_what_is_below_the_level_is_not_written(log_output: io.StringIO) -> None:
    configure_logging("warning", stream=log_output)
    log = get_logger("x")
    log.debug("not.this")
    log.info("nor.this")
    log.warning("but.this")
    assert [line["event"] for line in lines(log_output)] == ["but.this"]


def test_line_breaks_in_values_do_not_break_the_line(log_output: io.StringIO) -> None:
    get_logger("x").info("some.event", value="one\ntwo\r\n{}")
    assert len(log_output.getvalue().splitlines()) == 1
    assert lines(log_output)[0]["value"] == "one\ntwo\r\n{}"


def test_a_pretty_form_for_people() -> None:
    stream = io.StringIO()
    configure_logging("info", stream=stream, pretty=True)
    try:
        get_logger("x").info("some.event", token="secret-value", shown=1)
    finally:
        structlog.reset_defaults()
    assert "some.event" in stream.getvalue()
    assert "secret-value" not in stream.getvalue()
