"""A carrier made of a UDP socket: takes our registration, then calls the address that we
registered in whatever shape a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from core.ports import PortBlock
from tests.support.parley_asterisk import ParleyAsterisk
from tests.support.raw_sip import Answer, RawSip
from tests.support.wait import until

ACCOUNT = "jaderiver"
TRUNK = "telco"


class RawCarrier(RawSip):
    """``overrides`` and ``environ`` make it the trunk ``telco`` of an installation."""

    contact = ""

    @property
    def overrides(self) -> dict[str, str]:
        carrier = (
            f"host: 127.0.0.1, port: {self.port}, username: {ACCOUNT}, secret: telco-login, "
            "realm: carrier, register_expiry_seconds: 60"
        )
        return {f"trunks.{TRUNK}": f"{{carrier: {{{carrier}}}}}"}

    @property
    def environ(self) -> dict[str, str]:
        return {"PARLEY_SECRET_TELCO_LOGIN": "a-secret-of-the-carrier-7"}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        super().datagram_received(data, addr)
        if data.startswith((b"REGISTER ", b"OPTIONS ")):
            lines = data.decode().split("\r\n\r\n")[0].split("\r\n")[1:]
            kept = [x for x in lines if x.split(":")[0].lower() in _ECHOED]
            for line in kept:
                if line.lower().startswith("contact:") and data.startswith(b"REGISTER "):
                    self.contact = line.partition("<")[2].partition(">")[0]
            answer = ["SIP/2.0 200 OK", *kept, "Expires: 60", "Content-Length: 0", "", ""]
            assert self._transport is not None
            self._transport.sendto("\r\n".join(answer).encode(), addr)

    async def registered(self, asterisk: ParleyAsterisk) -> None:
        """Wait for the registration; calls go to that Asterisk from then on."""
        self._server = ("127.0.0.1", asterisk.sip_port)
        await asterisk.instance.rx(f"pjsip send register {TRUNK}-registration")
        await until(lambda: self.contact, 30, "a registration")

    def goes_to(self, port: int) -> None:
        """Send calls to a proxy."""
        self._server = ("127.0.0.1", port)

    async def call_contact(self, to: str, *, line: bool) -> Answer:
        """Call the address that was registered, for the number in To."""
        uri = self.contact if line else self.contact.partition(";")[0]
        return await self._call(uri, to)

    async def call_number(self, number: str, *, line: bool) -> Answer:
        """The same with the number in the request itself."""
        _, _, rest = self.contact.partition("@")
        host, _, parameters = rest.partition(";")
        uri = f"sip:{number}@{host}" + (f";{parameters}" if line and parameters else "")
        return await self._call(uri, number)

    async def _call(self, uri: str, to: str) -> Answer:
        whole = to if ":" in to else f"sip:{to}@127.0.0.1"
        return await self.request(
            "INVITE", to_header=f'"To <sip:4000@x>" <{whole}>', uri=uri,
            from_user="13800138000", seconds=30,
        )  # fmt: skip


_ECHOED = frozenset({"via", "from", "to", "call-id", "cseq", "contact"})


@pytest_asyncio.fixture
async def raw_carrier() -> AsyncIterator[RawCarrier]:
    """A carrier that listens."""
    block = PortBlock.reserve()
    carrier = RawCarrier(9, local_port=block.take())
    async with carrier:
        yield carrier
    block.release()
