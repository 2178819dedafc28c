"""temporary"""

from __future__ import annotations
from typing import Any


class Web:
    def __init__(self, server: Any, keys: Any) -> None: ...
    async def start(self) -> None: ...
    async def close(self) -> None: ...
