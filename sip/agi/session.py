"""One channel that a dialplan has handed to us by ``AGI(agi://...)``."""

from __future__ import annotations

import asyncio

from core.log import get_logger
from sip.agi.errors import AgiError, AgiHangup, AgiTimeout
from sip.agi.protocol import AgiResult, AnswerReader, encode_command
from sip.agi.request import AgiRequest

log = get_logger(__name__)

_MARK_AGAIN_SECONDS = 0.05
_MARK_LATEST_SECONDS = 1.0


class AgiSession:
    """Runs commands on the channel, one at a time.

    When the task that waits for a command is cancelled, a sound that is being played
    or a wait for digits stops at once. An application (``EXEC``) goes on to its end,
    and the next command waits for that.
    """

    def __init__(
        self, request: AgiRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._request = request
        self._reader = reader
        self._writer = writer
        self._lock = asyncio.Lock()
        self._answers = AnswerReader()
        self._pending: asyncio.Future[AgiResult] | None = None
        self._mark = ""
        self._marks = 0
        self._gone = asyncio.Event()
        self._why = ""

    @property
    def env(self) -> dict[str, str]:
        """``agi_*`` of the opening, without the prefix: ``env["callerid"]``."""
        return self._request.env

    @property
    def channel(self) -> str:
        """Name of the channel, as AMI knows it."""
        return self.env.get("channel", "")

    @property
    def uniqueid(self) -> str:
        """Id of the channel, as AMI knows it."""
        return self.env.get("uniqueid", "")

    @property
    def path(self) -> str:
        """Path of the URL, without slashes around it: the route."""
        return self._request.path

    @property
    def query(self) -> dict[str, str]:
        """Query of the URL."""
        return self._request.query

    @property
    def arguments(self) -> list[str]:
        """What the dialplan gave after the URL."""
        return self._request.arguments

    @property
    def hungup(self) -> bool:
        """Whether the channel is gone."""
        return self._gone.is_set()

    async def wait_hungup(self) -> None:
        """Return when the channel is gone, for use beside other waiting."""
        await self._gone.wait()

    async def command(self, verb: str, *arguments: str | int, timeout: float = 10.0) -> AgiResult:
        """Run ``verb`` with ``arguments``, each quoted so that it stays one argument.

        ``timeout`` in seconds. Raises :class:`AgiHangup`, :class:`AgiError` (510, 520),
        :class:`~sip.agi.errors.AgiBadValue`, or :class:`AgiTimeout`, after which the
        session is over. A result of -1 on a live channel is returned.
        """
        line = encode_command(verb, *arguments)
        async with self._lock:
            result = await self._run(verb, line, timeout)
            if result.result == "-1" and verb != "CHANNEL STATUS":
                # The command failed, or the channel has gone; the line that says so
                # comes later. This command is refused (511) on a channel that is gone.
                await self._run("CHANNEL STATUS", b"CHANNEL STATUS\n", timeout)
        return result

    async def _run(self, verb: str, line: bytes, timeout: float) -> AgiResult:
        try:
            async with asyncio.timeout(timeout):
                if self._pending is not None:
                    await asyncio.wait([self._pending])
                if self.hungup:
                    raise AgiHangup(self._why)
                self._pending = asyncio.get_running_loop().create_future()
                self._writer.write(line)
                result = await self._pending
        except asyncio.CancelledError:
            self._interrupt()
            raise
        except TimeoutError:
            self.end("a command timed out")
            raise AgiTimeout(f"{verb} had no answer within {timeout:g} s.", command=verb) from None
        if result.code == 511:
            self._hang_up("a command was refused because of it")
            raise AgiHangup(self._why)
        if result.code != 200:
            raise AgiError(verb, result.code, result.text.strip().rstrip("."))
        return result

    def _interrupt(self) -> None:
        """Stop the command that runs. Asterisk stops some commands when it sees
        another, some with an answer and some without, so the other one asks for a
        mark, and everything before the mark is dropped."""
        if self._mark or self.hungup or self._pending is None or not self._pending.cancelled():
            return
        self._pending = asyncio.get_running_loop().create_future()
        self._send_mark(_MARK_AGAIN_SECONDS)

    def _send_mark(self, pause: float) -> None:
        self._marks += 1
        self._mark = f"parley-mark-{self._marks}"
        self._writer.write(encode_command("GET FULL VARIABLE", self._mark))
        asyncio.get_running_loop().call_later(pause, self._mark_again, self._mark, 2 * pause)

    def _mark_again(self, mark: str, pause: float) -> None:
        """On a busy machine Asterisk was seen to leave a mark unread (in its buffer of the
        socket) until something came behind it."""
        if self._mark == mark and not self.hungup:
            self._send_mark(min(pause, _MARK_LATEST_SECONDS))

    # --- used by the server -----------------------------------------------------

    async def read(self) -> None:
        """Take in what Asterisk says until the connection ends."""
        why = "the connection ended"
        try:
            while line := await self._reader.readline():
                self._take(line.decode("utf-8", "replace").rstrip("\r\n"))
        except ValueError:
            why = "an answer was too long"
            log.warning("agi.answer_too_long", uniqueid=self.uniqueid)
        except OSError as error:
            why = f"the connection broke: {error}"
        finally:
            self.end(why)

    def end(self, why: str) -> None:
        """Close the connection: the dialplan goes on after its ``AGI``."""
        self._hang_up(why)
        self._writer.close()

    def _take(self, line: str) -> None:
        if line == "HANGUP" and not self._answers.within:
            self._hang_up("hung up")
            return
        try:
            result = self._answers.feed(line)
        except ValueError:
            log.warning("agi.unreadable_answer", uniqueid=self.uniqueid, size=len(line))
            return
        if result is None or result.code == 100:  # 100: trying
            return
        if self._mark:
            if result.data != self._mark:
                return
            self._mark = ""
        if self._pending is None or self._pending.done():
            if not self.hungup:
                log.warning("agi.answer_to_nothing", uniqueid=self.uniqueid, code=result.code)
            return
        self._pending.set_result(result)

    def _hang_up(self, why: str) -> None:
        if not self.hungup:
            self._why = why
            self._gone.set()
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(AgiHangup(self._why))
            self._pending.exception()  # seen: its command may have been cancelled
