"""Logging never raises and never waits: the disk is full, the pipe is closed or not
read, the value cannot be encoded or has no text."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

from core.log import configure_logging, get_logger
from core.metrics import log_lines_lost_total


@contextlib.contextmanager
def _logging_to(stream: TextIO) -> Iterator[None]:
    configure_logging("info", stream=stream)
    try:
        yield
    finally:
        configure_logging("info")


def _lost() -> float:
    return float(log_lines_lost_total._value.get())


def test_a_full_disk() -> None:
    before = _lost()
    with open("/dev/full", "w") as full, _logging_to(full):  # noqa: PTH123
        for _ in range(2000):  # more than any buffer holds
            get_logger("x").error("some.failure", detail="y" * 100)
        logging.getLogger("some.library").error("it broke")
    assert _lost() - before == 2001


def test_what_is_missing_is_told_when_there_is_room_again(tmp_path: Path) -> None:
    file = (tmp_path / "log").open("a")
    full = os.open("/dev/full", os.O_WRONLY)
    kept = os.dup(file.fileno())
    with file, _logging_to(file):
        get_logger("x").info("before")
        os.dup2(full, file.fileno())
        get_logger("x").info("not.this")
        get_logger("x").info("nor.this")
        os.dup2(kept, file.fileno())
        get_logger("x").info("after")
    os.close(full)
    os.close(kept)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["before", "log.lines_lost", "after"]
    assert lines[1]["count"] == 2


def test_a_pipe_that_nobody_reads_any_more() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe, _logging_to(pipe):
        get_logger("x").error("some.failure")


def test_a_pipe_whose_reader_sleeps_holds_nobody_up() -> None:
    reader, writer = os.pipe()
    before, began = _lost(), time.monotonic()
    with os.fdopen(writer, "w") as pipe, _logging_to(pipe):
        for _ in range(1000):
            get_logger("x").error("some.failure", detail="y" * 1000)
    assert time.monotonic() - began < 30
    assert _lost() > before
    whole = os.read(reader, 1 << 20).splitlines()[:-1]
    assert all(json.loads(line)["event"] == "some.failure" for line in whole)
    os.close(reader)


def test_a_stream_that_is_closed() -> None:
    stream = io.StringIO()
    with _logging_to(stream):
        stream.close()
        get_logger("x").error("some.failure")


class _Nameless:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


_LOOP: dict[str, Any] = {}
_LOOP["self"] = _LOOP


@pytest.mark.parametrize(
    "value", ["\ud800", _Nameless(), _LOOP, {1: 2, "a": 3}, b"\xff", float("nan")], ids=type
)
def test_values_that_have_no_text(tmp_path: Path, value: Any) -> None:
    with (tmp_path / "log").open("w") as file, _logging_to(file):
        get_logger("x").error("some.failure", value=value)
        logging.getLogger("some.library").error("it broke: %s %s", value)
    lines = (tmp_path / "log").read_text().splitlines()
    assert json.loads(lines[0])["event"] == "some.failure"


def test_an_error_that_has_no_text(log_output: io.StringIO) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    get_logger("x").error("some.failure", exc_info=Mute())
    assert "some.failure" in log_output.getvalue()
