"""A SIP phone that is not ours: baresip, as a process of its own, driven over its
control port (netstrings of JSON).

    async def test_x(installation, baresip):
        centre = await installation()
        desk = await baresip(centre.asterisk, "6001", hz=880)
        await desk.dial("6002")
        await desk.wait("CALL_ESTABLISHED")
        await desk.hears(440)

Its microphone is a sine or a wav file; what each call hears is written to a file, in
which :meth:`Baresip.hears` looks for tones. Without baresip (see
``tools/private_programs.py``) the tests that ask for it are skipped.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from core import process as processes
from core.ports import PortBlock
from media import wav
from media.tones import Samples, dbfs, has_tone, power, tone
from sip.asterisk.programs import Programs
from tests.support.parley_asterisk import ParleyAsterisk
from tests.support.wait import until
from tools.private_programs import TARGET

_MODULES = {
    "module": "g711 aufile sndfile",
    "module_tmp": "account",
    "module_app": "contact ctrl_tcp debug_cmd menu mwi presence",
}
_HEADER = 44  # bytes of a wav file's head
_WINDOW = 2400  # samples in which a tone is looked for: 0.3 s
_PATIENCE = 20.0
_SINE_SECONDS = 180

Event = dict[str, Any]


def _programs() -> tuple[Programs, Path] | None:
    """How to start baresip, and where its modules are; None if it is nowhere."""
    if (TARGET / "usr/bin/baresip").is_file():
        return Programs(TARGET), TARGET / "usr/lib/baresip/modules"
    if shutil.which("baresip"):
        for folder in sorted(Path("/usr/lib").glob("**/baresip/modules")):
            return Programs(), folder
    return None


@dataclass
class Baresip:
    """One phone with one account."""

    folder: Path
    user: str
    domain: str
    control: int
    process: asyncio.subprocess.Process
    terminal: int
    printed: bytearray = field(default_factory=bytearray)
    events: list[Event] = field(default_factory=list)
    _writer: asyncio.StreamWriter | None = None
    _reading: asyncio.Task[None] | None = None
    _answers: dict[str, asyncio.Future[Event]] = field(default_factory=dict)
    _asked: int = 0

    async def connect(self) -> None:
        """Until it answers on its control port. It is asked once and only when it says that it
        is ready: connected to earlier, or twice, baresip 1.1 may hang."""

        def ready() -> bool:
            assert self.process.returncode is None, f"baresip ended: {self.log}"
            return "baresip is ready" in self.log

        await until(ready, 2 * _PATIENCE, "baresip is ready")
        async with asyncio.timeout(_PATIENCE):
            reader, self._writer = await asyncio.open_connection("127.0.0.1", self.control)
        self._reading = asyncio.create_task(self._read(reader))
        await self.command("about")

    def follow(self) -> None:
        """Keep what it prints."""
        asyncio.get_running_loop().add_reader(self.terminal, self._printed)

    def _printed(self) -> None:
        try:
            self.printed += os.read(self.terminal, 65536)
        except OSError:  # it has ended
            asyncio.get_running_loop().remove_reader(self.terminal)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                message = json.loads(await reader.readexactly(length))
                await reader.readexactly(1)
                if message.get("event"):
                    self.events.append(message)
                elif waiting := self._answers.pop(message.get("token", ""), None):
                    waiting.set_result(message)

    async def command(self, name: str, parameters: str = "", *, sure: bool = True) -> str:
        """Have baresip carry out a command of its menu; what it says to it."""
        assert self._writer is not None
        self._asked += 1
        token = str(self._asked)
        answer = self._answers[token] = asyncio.get_running_loop().create_future()
        asked = {"command": name, "token": token}
        if parameters:  # an empty one is taken for the id of a call
            asked["params"] = parameters
        wanted = json.dumps(asked).encode()
        self._writer.write(b"%d:%s," % (len(wanted), wanted))
        try:
            message = await asyncio.wait_for(answer, _PATIENCE)
        except TimeoutError:
            reading = self._reading and self._reading.done() and self._reading.exception()
            raise AssertionError(f"baresip does not answer {name}: {reading!r}") from None
        assert message["ok"] or not sure, message
        return re.sub(r"\x1b\[[;0-9]*m", "", message.get("data", ""))

    async def wait(self, type_: str, *, since: int = 0, timeout: float = _PATIENCE) -> Event:
        """The first event of that type (``CALL_ESTABLISHED``, ``REGISTER_OK``, ...) after
        the first ``since`` events."""

        def look() -> Event | None:
            return next((e for e in self.events[since:] if e["type"] == type_), None)

        try:
            return await until(look, timeout, type_)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.user} saw {self._types()}") from None

    def _types(self) -> list[tuple[str, str]]:
        return [(e["type"], str(e.get("param", ""))) for e in self.events]

    def count(self, type_: str) -> int:
        """How many events of that type there were so far."""
        return sum(event["type"] == type_ for event in self.events)

    async def dial(self, number: str) -> None:
        """Send an INVITE; the outcome arrives as events."""
        await self.command("dial", f"sip:{number}@{self.domain}")

    async def call(self, number: str) -> None:
        """Dial, and wait until it is answered."""
        since = len(self.events)
        await self.dial(number)
        await self.wait("CALL_ESTABLISHED", since=since)

    async def answer(self) -> None:
        """Wait until it rings, and answer."""
        await until(lambda: self.ringing, _PATIENCE, f"a call for {self.user}")
        since = len(self.events)
        await self.command("accept")
        await self.wait("CALL_ESTABLISHED", since=since)

    @property
    def ringing(self) -> bool:
        """Whether a call that came in waits to be answered."""
        over = {e["id"] for e in self.events if e["type"] in ("CALL_ESTABLISHED", "CALL_CLOSED")}
        return any(e["type"] == "CALL_INCOMING" and e["id"] not in over for e in self.events)

    async def hang_up(self) -> None:
        await self.command("hangup")

    async def hold(self) -> None:
        """Put the other side on hold, as the phone's own button does (re-INVITE)."""
        await self.command("hold")

    async def resume(self) -> None:
        """...and take them back. baresip 1.1 does it and says that it could not."""
        await self.command("resume", self.talking, sure=False)

    @property
    def talking(self) -> str:
        """baresip's id of the newest call that is up."""
        over = {e["id"] for e in self.events if e["type"] == "CALL_CLOSED"}
        up = [e["id"] for e in self.events if e["type"] == "CALL_ESTABLISHED"]
        return str(next(id_ for id_ in reversed(up) if id_ not in over))

    async def transfer(self, number: str) -> None:
        """Send the other side to ``number``, as the phone's own button does (REFER)."""
        await self.command("transfer", f"sip:{number}@{self.domain}")

    async def wait_closed(self, calls: int = 1) -> None:
        """Until ``calls`` calls of it have ended."""
        await until(lambda: self.count("CALL_CLOSED") >= calls, _PATIENCE, f"{self.user} is idle")

    async def keys(self, digits: str) -> None:
        """Press keys in the call (RFC 4733), one after another."""
        for digit in digits:
            await self.command("sndcode", digit)
            await asyncio.sleep(0.15)  # how long a key is down, not a wait for anything

    async def speak(self, source: int | Path) -> None:
        """Say a sine of that many hertz, or a wav file."""
        await self.command("ausrc", _source(source, self.folder))

    async def hears(self, hz: int, *, timeout: float = _PATIENCE) -> None:
        """Wait until the newest call hears the tone ``hz``."""
        await self._listen(lambda sound: has_tone(sound, hz), timeout, f"{hz} Hz")

    async def hears_not(self, hz: int, *, timeout: float = _PATIENCE) -> None:
        """Wait until it does not hear the tone ``hz`` (any more)."""
        await self._listen(lambda sound: not has_tone(sound, hz), timeout, f"no {hz} Hz")

    async def hears_music(self) -> None:
        """Wait until it hears something that is no single tone."""

        def music(sound: Samples) -> bool:
            return dbfs(power(sound)) > -50 and not any(has_tone(sound, f) for f in _TONES)

        await self._listen(music, _PATIENCE, "music")

    async def _listen(self, right: Callable[[Samples], bool], timeout: float, what: str) -> None:
        def look() -> bool:
            sound = self.heard()
            return len(sound) >= _WINDOW and right(sound[-_WINDOW:])

        await until(look, timeout, f"{self.user} hears {what}")

    def heard(self) -> Samples:
        """All that the newest call has heard so far, 8 kHz."""
        files = sorted(self.folder.glob("dump-*-dec.wav"), key=lambda f: f.stat().st_mtime)
        data = files[-1].read_bytes()[_HEADER:] if files else b""
        return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")

    @property
    def log(self) -> str:
        """What baresip printed, every SIP message included."""
        return self.printed.decode(errors="replace")

    async def close(self) -> None:
        """Hang up, unregister and end; a process that does not is killed."""
        if self.process.returncode is None and self._writer is not None:
            with suppress(Exception):
                await asyncio.wait_for(self.command("quit"), 2)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 3)
        await processes.stop(self.process, seconds=3)
        asyncio.get_running_loop().remove_reader(self.terminal)
        os.close(self.terminal)
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()

    def kill(self) -> None:
        """End it without a word to anybody, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)


_TONES = (440, 660, 880, 1200)


def _source(source: int | Path, folder: Path) -> str:
    """How baresip calls a source of sound; a sine of so many hertz is written first."""
    if isinstance(source, int):
        file = folder / f"{source}-hz.wav"
        if not file.exists():
            wav.write(file, tone([source], _SINE_SECONDS))
        source = file
    return f"aufile,{source}"


def _config(folder: Path, modules: Path, sip: int, control: int, rtp: tuple[int, int]) -> str:
    lines = [
        f"module_path {modules}",
        f"sip_listen 127.0.0.1:{sip}",
        f"rtp_ports {rtp[0]}-{rtp[1]}",
        "rtp_timeout 0",
        "audio_player aufile,/dev/null",
        "audio_alert aufile,/dev/null",
        "audio_level no",
        *(f"{kind} {name}.so" for kind, names in _MODULES.items() for name in names.split()),
        f"ctrl_tcp_listen 127.0.0.1:{control}",
        f"snd_path {folder}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


async def _start(programs: Programs, folder: Path, user: str, domain: str, control: int) -> Baresip:
    """A baresip that answers."""
    # A terminal, so that each line is written when it is printed.
    terminal, inside = os.openpty()
    try:
        process = await processes.spawn(
            programs.command("baresip", "-s", "-f", folder),
            cwd=folder, env={"HOME": str(folder), "TERM": "dumb"}, stdout=inside, stderr=inside,
        )  # fmt: skip
    finally:
        os.close(inside)
    phone = Baresip(folder, user, domain, control, process, terminal)
    phone.follow()
    try:
        await phone.connect()
    except BaseException:
        phone.kill()
        await phone.close()
        raise
    return phone


BaresipFactory = Callable[..., Awaitable[Baresip]]


@pytest_asyncio.fixture
async def baresip(tmp_path: Path) -> AsyncIterator[BaresipFactory]:
    """``await baresip(asterisk, extension, hz=..., account=..., contacts=...)``: a
    registered phone.

    ``hz`` is what its microphone says, or a wav file; ``account`` further account
    parameters of baresip (``;mwi=no``); ``contacts`` lines of its contact file, with
    ``;presence=p2p`` to subscribe to them; ``password`` instead of the extension's own.
    """
    found = _programs()
    if found is None:
        pytest.skip("baresip is not here: 'make test' fetches it into .parley/baresip")
    programs, modules = found
    made: list[Baresip] = []
    block = PortBlock.reserve()

    async def make(
        asterisk: ParleyAsterisk,
        user: str,
        *,
        hz: int | Path = 880,
        account: str = "",
        contacts: tuple[str, ...] = (),
        password: str | None = None,
        register: bool = True,
    ) -> Baresip:
        folder = tmp_path / f"baresip-{len(made)}"
        folder.mkdir()
        domain = f"127.0.0.1:{asterisk.sip_port}"
        control = block.take()
        first = block.rtp_range[0] + 20 * len(made)
        (folder / "config").write_text(
            _config(folder, modules, block.take(), control, (first, first + 18))
            + f"audio_source {_source(hz, folder)}\n"
        )
        secret = asterisk.phone_password(user) if password is None else password
        accounts = folder / "accounts"
        accounts.touch(mode=0o600)
        accounts.write_text(
            f"<sip:{user}@{domain}>;auth_user={user};auth_pass={secret};regint="
            f"{120 if register else 0};answermode=manual;sipnat=none;ptime=20{account}\n"
        )
        lines = (f'"{c.partition(";")[0]}" <sip:{c.partition(";")[0]}@{domain}>'
                 f"{';' if ';' in c else ''}{c.partition(';')[2]}" for c in contacts)  # fmt: skip
        (folder / "contacts").write_text("\n".join(lines) + "\n")
        start = partial(_start, programs, folder, user, domain, control)
        try:
            phone = await start()
        except AssertionError:  # version 1.1 hangs now and then when it is first asked
            phone = await start()
        made.append(phone)
        if register:
            await until(lambda: "[1 binding]" in phone.log, _PATIENCE, f"{user} is registered")
        return phone

    yield make
    await asyncio.gather(*(phone.close() for phone in made))
    block.release()
