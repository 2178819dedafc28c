"""SIP and media transport of this installation."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from config.base import BindAddress, FilePath, Host, Int, Network, Port, Seconds, Section, refused

Codec = Literal["alaw", "ulaw", "g722", "opus", "gsm"]


class Dtmf(StrEnum):
    """How a peer sends digits."""

    RFC4733 = "rfc4733"
    INFO = "info"
    AUTO = "auto"  # RFC 4733 when the peer offers it, else in-band


class Tls(Section):
    """SIP over TLS; without it only UDP and TCP are offered."""

    port: Port = 5061
    certificate: FilePath
    private_key_file: FilePath
    ca_file: FilePath | None = None  # who may have signed carriers' certificates; None: any


class Guard(Section):
    """What becomes of an address that sends wrong SIP passwords."""

    enabled: bool = True
    failures: Int = Field(default=10, ge=3, le=10_000)  # so many
    within_seconds: Seconds = Field(default=600, ge=10)  # within this time
    block_seconds: Seconds = Field(default=900, ge=1)  # block it for so long; doubles each time
    longest_block_seconds: Seconds = Field(default=86_400, ge=1)
    never: tuple[Network, ...] = ()  # never blocked: networks with many people behind one address

    @model_validator(mode="after")
    def _order(self) -> Guard:
        if self.longest_block_seconds < self.block_seconds:
            raise refused("'longest_block_seconds' at least 'block_seconds'")
        return self


class Sip(Section):
    """Where SIP and RTP are spoken. Loopback unless configured otherwise."""

    bind: BindAddress = "127.0.0.1"
    port: Port = 5060
    tls: Tls | None = None
    rtp_first: Port = 16000
    rtp_last: Port = 16999
    external_address: Host | None = None  # what peers outside must send to, behind NAT
    local_networks: tuple[Network, ...] = ()  # networks that are not behind that NAT
    codecs: tuple[Codec, ...] = ("alaw", "ulaw", "g722")  # best first
    # Audio of agents' phones: SRTP with keys in the signalling (SDES, RFC 4568).
    phone_encryption: Literal["none", "optional", "required"] = "none"
    realm: str = Field(default="parley", pattern=r"^[A-Za-z0-9.-]{1,64}$")
    user_agent: str = Field(default="Parley", pattern=r"^[A-Za-z0-9 ./-]{1,64}$")
    qualify_seconds: Int = Field(default=15, ge=0, le=3600)  # OPTIONS to phones; 0: none
    # A leg that sends no audio for so long is dead and hung up (not while on hold); 0: never.
    rtp_timeout_seconds: Int = Field(default=120, ge=0, le=3600)
    # The same while the phone holds: it need not send anything then. Asterisk's own bound, for
    # phones of which nothing else tells that they are dead (see phones.lost_seconds).
    rtp_timeout_hold_seconds: Int = Field(default=1800, ge=0, le=86400)
    # A caller of whom not a packet of audio came in so long is told that we cannot hear them,
    # and the agent sees it (who was heard before: after half of rtp_timeout_seconds); 0: never.
    not_heard_seconds: Seconds = Field(default=20, le=300)
    guard: Guard = Guard()
    session_timer_seconds: Int = Field(default=1800, ge=90, le=86400)

    @model_validator(mode="after")
    def _range(self) -> Sip:
        if self.rtp_last - self.rtp_first < 3:
            raise refused("'rtp_last' at least 3 above 'rtp_first' (two ports a call leg)")
        if not self.codecs:
            raise refused("at least one codec in 'codecs'")
        return self
