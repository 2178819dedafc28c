"""Drive phones from asyncio: what tests, demo, self-test and benches use.

::

    async with Phone.start() as phone:
        await phone.register("6001", "secret", host="127.0.0.1", port=5060)
        call = await phone.next_incoming(timeout=5)
        await call.answer()
        await call.wait_state("confirmed")
        await call.tone(440)
        await call.hear_tone(880)
        await call.hangup()

pjsua2 runs in the phone's own process (:mod:`agent_softphone.phone`) and is never
imported here. One process carries up to 8 accounts and 4 calls.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agent_softphone.phone_errors import (
    CallEnded,
    PhoneDied,
    PhoneError,
    PhoneRefused,
    PhoneTimeout,
    RegistrationFailed,
)
from agent_softphone.phone_pipe import Pipe, phone_python
from agent_softphone.remote_call import Call, Event, History

__all__ = [
    "Account",
    "Call",
    "CallEnded",
    "Phone",
    "PhoneDied",
    "PhoneError",
    "PhoneRefused",
    "PhoneTimeout",
    "RegistrationFailed",
    "phone_python",
]

MAX_CALLS = 4
_INCOMING_BOUND = 64


class Account:
    """An account of a phone."""

    def __init__(self, phone: Phone, name: str, user: str, domain: str, local_port: int) -> None:
        self._phone = phone
        self.id = name
        self.user = user
        self.domain = domain
        self.local_port = local_port
        self.history = History()
        self.state = "unregistered"
        self.code = 0

    def take(self, event: Event) -> None:
        """Follow an event of the phone process."""
        self.state, self.code = event["state"], event["code"]
        self.history.add(event)

    def uri(self, number: str) -> str:
        """A SIP URI for a bare number in this account's domain."""
        return number if number.startswith("sip:") else f"sip:{number}@{self.domain}"

    async def wait_registered(self, timeout: float = 10.0) -> None:
        """Until registered; raises RegistrationFailed, PhoneTimeout, PhoneDied."""

        def look() -> Event | None:
            if self._phone.died:
                raise PhoneDied(str(self._phone.died))
            if self.state == "failed":
                reason = self.history.events[-1]["reason"]
                raise RegistrationFailed(
                    f"{self.user} could not register at {self.domain}: {self.code} {reason}.",
                    sip_code=self.code,
                    hint="Check user and password." if self.code in (401, 403, 407) else "",
                )
            return {} if self.state == "registered" else None

        await self.history.until(look, timeout, f"registration of {self.user}")

    async def register(self, timeout: float = 10.0) -> None:
        """Register (again)."""
        self.state = "registering"
        await self._phone.ask("register", account=self.id)
        await self.wait_registered(timeout)

    async def unregister(self, timeout: float = 10.0) -> None:
        """Unregister."""
        await self._phone.ask("unregister", account=self.id)
        await self.history.until(
            lambda: {} if self.state in ("unregistered", "failed") else None,
            timeout,
            f"unregistration of {self.user}",
        )

    async def auto_answer(self, delay: float | None, *, code: int = 200) -> None:
        """Answer every call by itself after ``delay`` seconds; None: do not."""
        await self._phone.ask("auto_answer", account=self.id, delay=delay, code=code)


class Phone:
    """A phone process. Make it with :meth:`start` or :meth:`launch`."""

    def __init__(self) -> None:
        self._pipe: Pipe | None = None
        self._calls: dict[str, Call] = {}
        self._over: deque[Call] = deque(maxlen=2 * MAX_CALLS)
        self._newest = 0
        self._incoming: asyncio.Queue[Call] = asyncio.Queue(_INCOMING_BOUND)
        self.history = History()
        self.accounts: dict[str, Account] = {}

    @classmethod
    async def launch(cls, **options: Any) -> Phone:
        """Start a process: ``python``, ``bind``, ``log_level``, ``codecs`` as in
        :meth:`agent_softphone.phone_pipe.Pipe.open`. Raises PhoneDied, PhoneTimeout."""
        phone = cls()
        phone._pipe = await Pipe.open(phone._take, **options)
        return phone

    @classmethod
    @asynccontextmanager
    async def start(cls, **options: Any) -> AsyncIterator[Phone]:
        """:meth:`launch`, and :meth:`close` at the end of the block."""
        phone = await cls.launch(**options)
        try:
            yield phone
        finally:
            await phone.close()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._pipe.pid if self._pipe else 0

    @property
    def died(self) -> PhoneDied | None:
        """Why the process is gone; None while it lives."""
        return self._pipe.died if self._pipe else None

    @property
    def calls(self) -> list[Call]:
        """The live calls, oldest first."""
        return list(self._calls.values())

    async def ask(self, do: str, **fields: Any) -> Any:
        """Send a command as in :mod:`agent_softphone.phone`; its reply."""
        assert self._pipe is not None
        return await self._pipe.ask(do, **fields)

    async def close(self) -> None:
        """Hang up, unregister and end the process."""
        if self._pipe:
            await self._pipe.close()

    async def kill(self) -> None:
        """Kill the process without a word to anybody, as a power cut would."""
        if self._pipe:
            await self._pipe.kill()

    async def account(
        self,
        user: str,
        password: str = "",
        *,
        host: str = "127.0.0.1",
        port: int = 5060,
        register: bool = False,
        **more: Any,
    ) -> Account:
        """Add an account; without ``register`` it can call and be called at its port.

        ``more``: local_port (0: any), display_name, transport (udp, tcp), expires (s),
        retry (s after a failed registration, 0: never), auto_answer (s), ring (send
        180 by itself; default true).
        """
        reply = await self.ask(
            "account", user=user, password=password, host=host, port=port,
            register=register, **more,
        )  # fmt: skip
        name = reply["account"]
        account = Account(self, name, user, f"{host}:{port}", reply["local_port"])
        self.accounts[name] = account
        for event in self.history.events:
            if event.get("account") == name and event["event"] == "registration":
                account.take(event)
        return account

    async def register(
        self, user: str, password: str, *, timeout: float = 10.0, **more: Any
    ) -> Account:
        """Add an account, register it and wait for the answer; ``more`` as in
        :meth:`account`. Raises RegistrationFailed with the registrar's code."""
        account = await self.account(user, password, register=True, **more)
        await account.wait_registered(timeout)
        return account

    async def call(
        self,
        to: str,
        *,
        account: Account | None = None,
        from_user: str = "",
        from_name: str = "",
        headers: dict[str, str] | None = None,
    ) -> Call:
        """Send an INVITE to a SIP URI or a number of the account's domain.

        ``account`` defaults to the first; ``from_user`` and ``from_name`` replace
        its own identity in From, as a carrier does for its callers.
        """
        if account is None:
            account = next(iter(self.accounts.values()))
        reply = await self.ask(
            "call", account=account.id, uri=account.uri(to), from_user=from_user,
            from_name=from_name, headers=headers or {},
        )  # fmt: skip
        name = reply["call"]  # it may be over already, if nobody listens there
        call = self._call(name) or next(c for c in self._over if c.id == name)
        call.account = account.id
        call.at["sent"] = reply["sent"]
        return call

    async def next_incoming(self, timeout: float = 10.0) -> Call:
        """The next call that came in and was not taken from here yet."""
        try:
            async with asyncio.timeout(timeout):
                while self._incoming.empty():
                    if self.died:
                        raise PhoneDied(str(self.died))
                    await self.history.until(
                        lambda: {} if self.died or not self._incoming.empty() else None,
                        timeout,
                        "a call",
                    )
        except TimeoutError:
            raise PhoneTimeout(f"No call came in within {timeout} s.") from None
        return self._incoming.get_nowait()

    def _call(self, name: str) -> Call | None:
        """The call of that name; made when it is new, None when it is over."""
        number = int(name[1:])
        if number > self._newest:
            self._newest = number
            self._calls[name] = Call(self, name)
        return self._calls.get(name)

    def _take(self, event: Event) -> None:
        if event["event"] == "died":
            for call in self._calls.values():
                call.history.wake()
            for account in self.accounts.values():
                account.history.wake()
        elif "call" in event:
            self._take_for_call(event)
        elif event["event"] == "registration" and event["account"] in self.accounts:
            self.accounts[event["account"]].take(event)
        self.history.add(event)

    def _take_for_call(self, event: Event) -> None:
        call = self._call(event["call"])
        if call is None:
            return
        call.take(event)
        if event["event"] == "incoming":
            if self._incoming.full():  # nobody takes calls from here: keep the newest
                self._incoming.get_nowait()
            self._incoming.put_nowait(call)
        if call.state == "disconnected":
            self._over.append(self._calls.pop(call.id))
