"""A customer on the other end of a real socket, for tests of flows."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from config.hours import Hours
from config.trunks import OutboundRoute
from core.clock import Clock
from core.ids import CONTACT, new_id
from ivr.conversation import Answer, Prompt
from ivr.engine import Engine
from ivr.flow import Flow, parse_flow
from ivr.listen import Listen
from ivr.outcome import Outcome
from ivr.platform import Platform
from ivr.state import FlowState
from ivr.text_conversation import TextConversation

DEADLINE = 10.0

OFFICE = Hours.model_validate({"time_zone": "UTC", "weekly": {"mon-fri": ["09:00-17:00"]}})

HEAD = """
languages: [zh-CN, en]
start: first
invalid: {prompts: [wrong], attempts: 3}
nothing: {prompts: [silent], attempts: 2}
variables: {position: 12}
nodes:
"""

END = """
  end: {type: hangup}
  gave-up: {type: hangup, reason: no_input}
"""


def flow_of(nodes: str, *, head: str = HEAD, end: str = END) -> Flow:
    """A flow of ``nodes`` (YAML, indented by two), between the usual head and end."""
    return parse_flow(head + nodes + end, name="test", source="test.yaml")


def texts_of(flow: Flow) -> dict[str, dict[str, str]]:
    """A text for every prompt of ``flow``: ``id/language``."""
    specs = [s for node in flow.nodes.values() for s in node.spoken()]
    ids = {i for s in specs for i in (s.prompt, *s.fallback) if i}
    return {i: {lang: f"{i}/{lang}" for lang in ("zh-CN", "en")} for i in ids}


def platform_of(flow: Flow, **more: Any) -> Platform:
    """A platform that knows every prompt of ``flow`` and a few names."""
    known: dict[str, Any] = {
        "prompts": texts_of(flow),
        "queues": ("cards", "operator"),
        "agents": ("wang.fang",),
        "skills": ("cards", "language.zh-CN", "language.en"),
        "hours": {"office": OFFICE},
        "routes": (OutboundRoute(pattern="90ZX.", trunk="carrier"),),
    }
    return Platform(**{**known, **more})


class Watched(TextConversation):
    """Counts the questions, and can be told to hang at one of them for ever."""

    asked = 0
    hang_at: int | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.hangs = asyncio.Event()

    async def ask(
        self,
        prompts: Sequence[Prompt],
        choices: Collection[str],
        seconds: float,
        max_length: int = 1,
        interruptible: bool = True,
        listen: Listen | None = None,
    ) -> Answer | None:
        if self.asked == self.hang_at:
            self.hangs.set()
            await asyncio.Event().wait()
        self.asked += 1
        return await super().ask(prompts, choices, seconds, max_length, interruptible, listen)


class Talk:
    """An engine on one end of a socket, the customer on the other."""

    def __init__(
        self,
        engine: Engine,
        conversation: Watched,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        ours: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.engine = engine
        self.conversation = conversation
        self.traced: list[tuple[str, Mapping[str, Any]]] = []
        self.states: list[str] = []
        self.heard: list[str] = []
        self._reader, self._writer = streams
        self._ours = ours

    async def keep(self, state: FlowState) -> None:
        self.states.append(json.dumps(state.as_dict()))

    def send(self, *lines: str) -> None:
        """Write lines, as the customer."""
        self._writer.write("".join(f"{line}\n" for line in lines).encode())

    async def hear(self, text: str) -> None:
        """Read until a line contains ``text``."""
        async with asyncio.timeout(DEADLINE):
            while True:
                line = (await self._reader.readline()).decode()
                assert line, f"never heard {text!r}, but {self.heard}"
                self.heard.append(line.strip())
                if text in line:
                    return

    async def hang_up(self) -> None:
        """Close, as the customer, and see that it has arrived."""
        self._writer.close()
        async with asyncio.timeout(DEADLINE):
            while not (self._ours[0].at_eof() or self._ours[0].exception()):
                await asyncio.sleep(0)

    async def outcome(self, *lines: str) -> Outcome:
        """Send ``lines`` and run to the end."""
        self.send(*lines)
        async with asyncio.timeout(DEADLINE):
            return await self.engine.run()

    async def said(self) -> list[str]:
        """Everything said so far; the engine must have ended."""
        self._ours[1].write_eof()
        async with asyncio.timeout(DEADLINE):
            data = await self._reader.read()
        self.heard += data.decode().splitlines()
        return self.heard

    def path(self) -> list[str]:
        """The nodes entered, in order."""
        return [data["node"] for kind, data in self.traced if kind == "ivr.node_entered"]

    def kinds(self) -> list[str]:
        """The types of the trace events."""
        return [kind for kind, _ in self.traced]


@asynccontextmanager
async def talk(
    flow: Flow,
    platform: Platform | None = None,
    *,
    language: str = "en",
    start_at: FlowState | None = None,
    clock: Clock | None = None,
    texts: Mapping[str, Mapping[str, str]] | None = None,
    customer_number: str = "",
    conversation: type[Watched] = Watched,
) -> AsyncIterator[Talk]:
    """An engine ready to run ``flow`` with a customer at the other end."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    their_reader, their_writer = await asyncio.open_connection(sock=theirs)
    talking = conversation(
        reader, writer, texts or texts_of(flow), language=language, contact_id=new_id(CONTACT)
    )
    engine = Engine(
        flow,
        talking,
        platform or platform_of(flow),
        start_at=start_at,
        trace=lambda kind, data: here.traced.append((kind, data)),
        save=lambda state: here.keep(state),
        clock=clock,
        customer_number=customer_number,
    )
    here = Talk(engine, talking, (their_reader, their_writer), (reader, writer))
    try:
        yield here
    finally:
        for each in (writer, their_writer):
            each.close()
