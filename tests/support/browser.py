"""A real Chromium without a screen, driven over the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/ - only what a test of a page
needs: go, look, click, type, wait, photograph.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from core import process as processes
from core.tasks import TaskOwner
from tests.support.wait import eventually

PATIENCE = 15.0
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars", "--mute-audio",
    "--no-default-browser-check", "--password-store=basic", "--remote-debugging-port=0",
    "--lang=en-US",
)  # fmt: skip


def find_chromium() -> Path | None:
    """The browser of this machine, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


class Page:
    """One tab. ``errors`` gathers what the page complained about."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tasks = TaskOwner("browser")
        self._tasks.start(self._read(), name="read")
        self.errors: list[str] = []

    async def _read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if (waiting := self._answers.pop(said.get("id", 0), None)) is not None:
                waiting.set_result(said)
            elif said.get("method") == "Runtime.exceptionThrown":
                details = said["params"]["exceptionDetails"]
                self.errors.append(str(details.get("exception", details).get("description")))
            elif said.get("method") == "Log.entryAdded":
                entry = said["params"]["entry"]
                if entry["level"] == "error":
                    self.errors.append(f"{entry['text']} {entry.get('url', '')}")

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its result."""
        number = next(self._ids)
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE):
            said = await answer
        assert "error" not in said, f"{method}: {said['error']}"
        result: dict[str, Any] = said["result"]
        return result

    async def prepare(self, width: int, height: int) -> None:
        """Say what is to be reported, and how large the window is."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.send(f"{domain}.enable")
        await self.resize(width, height)

    async def resize(self, width: int, height: int) -> None:
        """Another size of the window, in CSS pixels."""
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    async def goto(self, url: str) -> None:
        """Load ``url``; what then happens is to be waited for."""
        await self.send("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def look(self, script: str) -> Any:
        """The value of a JavaScript expression (awaited, if it is a promise)."""
        result = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True,
            userGesture=True,
        )  # fmt: skip
        assert "exceptionDetails" not in result, f"{script}: {result['exceptionDetails']}"
        return result["result"].get("value")

    async def until(self, script: str, *, seconds: float = PATIENCE) -> None:
        """Wait until a JavaScript expression is true."""

        async def so() -> bool:
            return bool(await self.look(f"Boolean({script})"))

        try:
            await eventually(so, script, seconds=seconds)
        except AssertionError as error:
            shown = await self.look("document.body.innerText")
            raise AssertionError(f"{error}; the page shows:\n{shown}\n{self.errors}") from None

    async def shows(self, text: str, within: str = "body") -> None:
        """Wait until a text can be read in the first element that ``within`` selects."""
        await self.until(_innards(within, f".includes({json.dumps(text)})"))

    async def hides(self, text: str, within: str = "body") -> None:
        """Wait until a text can no longer be read there."""
        await self.until("!" + _innards(within, f".includes({json.dumps(text)})"))

    async def click(self, selector: str) -> None:
        """Press the first element that is selected, once it is there and visible."""
        chosen = f"document.querySelector({json.dumps(selector)})"
        await self.until(f"{chosen} && {chosen}.checkVisibility() && !{chosen}.disabled")
        await self.look(f"{chosen}.click()")

    async def choose(self, selector: str, value: str) -> None:
        """Choose an option of a select."""
        chosen = f"document.querySelector({json.dumps(selector)})"
        await self.until(f"{chosen} && {chosen}.checkVisibility()")
        await self.look(
            f"{chosen}.value = {json.dumps(value)}, "
            f"{chosen}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        )

    async def type(self, selector: str, text: str) -> None:
        """Write into a field, key by key as a person would."""
        await self.until(f"document.querySelector({json.dumps(selector)})")
        await self.look(f"document.querySelector({json.dumps(selector)}).focus()")
        await self.send("Input.insertText", text=text)

    async def press(self, key: str, code: int) -> None:
        """Press and release a key of the keyboard."""
        for what in ("rawKeyDown", "char", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and what == "char" else {}
            await self.send(
                "Input.dispatchKeyEvent", type=what, key=key, code=key,
                windowsVirtualKeyCode=code, **text,
            )  # fmt: skip

    async def photograph(self, file: Path) -> None:
        """A picture of the window."""
        data = (await self.send("Page.captureScreenshot", format="png"))["data"]
        await asyncio.to_thread(file.write_bytes, base64.b64decode(data))

    async def close(self) -> None:
        await self._socket.close()
        await self._tasks.close()


def _innards(selector: str, then: str) -> str:
    return f"document.querySelector({json.dumps(selector)})?.innerText{then}"


@pytest_asyncio.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """An empty tab of a Chromium of its own; skips where there is none."""
    binary = find_chromium()
    if binary is None:
        pytest.skip("no Chromium: install the Debian/Ubuntu package 'chromium'")
    folder = tmp_path / "chromium"
    folder.mkdir()
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    browser = await processes.spawn(
        [binary, *_FLAGS, f"--user-data-dir={folder}", "about:blank"], cwd=folder,
        env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as client:
            port = await _port(folder / "DevToolsActivePort")
            async with client.get(f"http://127.0.0.1:{port}/json/list") as response:
                tabs = await response.json()
            address = next(tab for tab in tabs if tab["type"] == "page")["webSocketDebuggerUrl"]
            made = Page(await client.ws_connect(address, max_msg_size=0))
            await made.prepare(1440, 1000)
            yield made
            await made.close()
    finally:
        await processes.stop(browser)


async def _port(file: Path) -> int:
    async def written() -> bool:
        return file.exists() and len(file.read_text().splitlines()) >= 2

    await eventually(written, "Chromium says where it listens", seconds=30)
    return int(file.read_text().splitlines()[0])
