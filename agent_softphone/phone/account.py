"""A SIP account: who the phone is and where it registers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pjsua2 as pj

from agent_softphone.phone.errors import Refused, guarded

if TYPE_CHECKING:
    from agent_softphone.phone.engine import Engine

_TOKEN = re.compile(r"[A-Za-z0-9_.!~*'()&=+$,;?/%-]*")
_TRANSPORTS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}


@dataclass
class Settings:
    """What the ``account`` command says, checked."""

    user: str
    password: str
    host: str
    port: int
    register: bool
    local_port: int
    display_name: str
    transport: str
    expires: int
    retry: int
    ring: bool

    @classmethod
    def read(cls, command: dict[str, Any]) -> Settings:
        """Raises :class:`Refused` for what would not make a valid SIP URI."""
        made = cls(
            user=str(command["user"]),
            password=str(command.get("password", "")),
            host=str(command.get("host", "127.0.0.1")),
            port=int(command.get("port", 5060)),
            register=bool(command.get("register", True)),
            local_port=int(command.get("local_port", 0)),
            display_name=str(command.get("display_name", "")),
            transport=str(command.get("transport", "udp")),
            expires=int(command.get("expires", 120)),
            retry=int(command.get("retry", 5)),
            ring=bool(command.get("ring", True)),
        )
        if made.transport not in _TRANSPORTS:
            raise Refused("bad_command", f"transport is {made.transport!r}; allowed: udp, tcp")
        for part in (made.user, made.host):
            if not part or not _TOKEN.fullmatch(part):
                raise Refused("bad_command", f"{part!r} cannot stand in a SIP URI")
        return made

    @property
    def suffix(self) -> str:
        """The URI parameter that makes requests take this account's transport."""
        return ";transport=tcp" if self.transport == "tcp" else ""

    def uri(self, user: str, name: str) -> str:
        """A name-addr of this account's domain."""
        if not _TOKEN.fullmatch(user):
            raise Refused("bad_command", f"{user!r} cannot stand in a SIP URI")
        quoted = name.replace("\\", "\\\\").replace('"', '\\"').translate({10: " ", 13: " "})
        return f'"{quoted}" <sip:{user}@{self.host}>' if name else f"<sip:{user}@{self.host}>"


class Account(pj.Account):  # type: ignore[misc]
    """One account on a transport (port) of its own."""

    def __init__(self, engine: Engine, name: str, settings: Settings) -> None:
        super().__init__()
        self.name = name
        self.settings = settings
        self.auto_answer: tuple[float, int] | None = None
        self.registered = False
        self._engine = engine
        self._leaving = False
        port = pj.TransportConfig()
        port.port = settings.local_port
        port.boundAddress = engine.bind
        self.transport_id = engine.ep.transportCreate(_TRANSPORTS[settings.transport], port)
        self.local_port = _port_of(engine.ep.transportGetInfo(self.transport_id).localName)
        self.create(self._config(), False)

    def _config(self) -> Any:
        s = self.settings
        config = pj.AccountConfig()
        config.idUri = s.uri(s.user, s.display_name)
        config.sipConfig.transportId = self.transport_id
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", s.user, 0, s.password))
        registration = config.regConfig
        registration.registrarUri = f"sip:{s.host}:{s.port}{s.suffix}" if s.register else ""
        registration.timeoutSec = s.expires
        registration.retryIntervalSec = registration.firstRetryIntervalSec = s.retry
        registration.randomRetryIntervalSec = 0
        config.natConfig.sipOutboundUse = 0
        config.natConfig.contactRewriteUse = 0
        config.natConfig.viaRewriteUse = 0
        media = config.mediaConfig.transportConfig
        media.port = 0
        media.boundAddress = self._engine.bind
        return config

    def leave(self) -> None:
        """Unregister."""
        self._leaving = True
        self.setRegistration(False)

    def join(self) -> None:
        """Register (again)."""
        self._leaving = False
        self.setRegistration(True)

    @guarded
    def onRegState(self, prm: Any) -> None:
        """Tell how a REGISTER went."""
        good = prm.code // 100 == 2
        self.registered = good and prm.expiration > 0 and not self._leaving
        state = "registered" if self.registered else "unregistered" if good else "failed"
        self._engine.events.post(
            "registration", account=self.name, state=state, code=prm.code, reason=prm.reason
        )

    @guarded
    def onIncomingCall(self, prm: Any) -> None:
        """Hand a new INVITE to the engine."""
        self._engine.calls.incoming(self, prm)


def _port_of(local_name: str) -> int:
    return int(local_name.rsplit(":", 1)[1])
