"""The error hierarchy: every error can be told to a machine and to a person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import core.ports
import core.redis
import core.state_table
from core.errors import BadInput, NotFound, ParleyError, TimedOut, Unavailable


def every_error(kind: type[ParleyError] = ParleyError) -> Iterator[type[ParleyError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from every_error(below)


def test_codes_are_stable_names_and_belong_to_one_error() -> None:
    codes: dict[str, type[ParleyError]] = {}
    for kind in every_error():
        assert kind.code.replace("_", "").isalnum(), kind
        assert kind.code == kind.code.lower(), kind
        if "code" in vars(kind):
            assert codes.setdefault(kind.code, kind) is kind, kind
        assert 400 <= kind.http_status < 600, kind


def test_what_is_told() -> None:
    error = BadInput("The age is -1.", hint="Use 0 or more.", field="age")
    assert str(error) == "The age is -1. Use 0 or more."
    assert error.as_dict() == {
        "code": "bad_input",
        "message": "The age is -1.",
        "hint": "Use 0 or more.",
        "retryable": False,
        "data": {"field": "age"},
    }
    assert str(NotFound("Nothing.")) == "Nothing."


@pytest.mark.parametrize("kind", [Unavailable, TimedOut, core.redis.RedisUnavailable])
def test_what_may_help_to_repeat(kind: type[ParleyError]) -> None:
    assert kind("x").retryable
    assert issubclass(kind, Unavailable)
