"""Waiting for a condition with a deadline, never for a fixed time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


async def eventually(
    condition: Callable[[], Awaitable[bool]], what: str, *, seconds: float = 40
) -> None:
    """Return as soon as ``condition`` holds; AssertionError after ``seconds``."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not await condition():
        assert loop.time() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.005)


@overload
async def until(look: Callable[[], Awaitable[T | None]], seconds: float, what: str) -> T: ...


@overload
async def until(look: Callable[[], T | None], seconds: float, what: str) -> T: ...


async def until(look: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first result of ``look`` that is true; AssertionError after ``seconds``."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        found = look()
        result = await found if inspect.isawaitable(found) else found
        if result:
            return result
        assert loop.time() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.01)
