"""Trunks: the carriers and PBXs that bring calls in and take calls out."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.base import (
    Digits,
    Host,
    Int,
    Name,
    Network,
    Number,
    Port,
    Section,
    SipUser,
    matching,
    refused,
)
from config.numbering import Numbering
from config.sip import Codec, Dtmf

SecretName = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9._-]{0,63}",
        "the *name* of a secret (lower-case letters, digits, '.', '-', '_'); the secret itself "
        "goes into the environment or the secrets folder",
    ),
]

SipRealm = Annotated[
    str, matching(r"[A-Za-z0-9._@ -]{1,64}", "letters, digits, '.', '_', '@', '-' and blanks")
]


class Carrier(Section):
    """Where calls out through a trunk go, and who we are there."""

    host: Host
    port: Port = 5060
    transport: Literal["udp", "tcp", "tls"] = "udp"
    username: SipUser | None = None  # given by the carrier, with the secret and realm below
    secret: SecretName | None = None
    realm: SipRealm | None = None  # of its challenge (401 or 407), so that only a digest is kept
    register_expiry_seconds: Int | None = Field(default=None, ge=60, le=86400)  # None: do not
    qualify_seconds: Int | None = Field(default=None, ge=0, le=3600)  # None: that of 'sip'

    @model_validator(mode="after")
    def _credentials(self) -> Carrier:
        if len({self.username is None, self.secret is None, self.realm is None}) > 1:
            raise refused("'username', 'secret' and 'realm' together, or none of them")
        if self.register_expiry_seconds is not None and self.username is None:
            raise refused(
                "'username', 'secret' and 'realm' too when 'register_expiry_seconds' is given"
            )
        return self


class Trunk(Section):
    """One trunk. Its calls in are known by digest, by address, or by both.

    With ``secret`` the peer logs in with the trunk's name and that secret; with
    ``hosts`` its calls are accepted only from there. One of them, or a registration
    with the carrier, is needed when calls come in: nobody is ever trusted unseen.
    """

    name: str = ""
    direction: Literal["in", "out", "both"] = "both"
    secret: SecretName | None = None
    hosts: tuple[Network, ...] = ()
    carrier: Carrier | None = None
    dtmf: Dtmf = Dtmf.RFC4733
    codecs: tuple[Codec, ...] = ()  # empty: those of 'sip'
    encryption: Literal["none", "sdes"] = "none"  # of audio: SRTP with SDES (RFC 4568)
    max_calls: Int = Field(default=100, ge=1, le=10000)  # in and out together
    caller_id: Number | None = None  # shown on calls out unless the route has one
    # What the peer says of the caller beside From (P-Asserted-Identity of RFC 3325,
    # Remote-Party-ID) is believed, and what we say of ours in the same way.
    trust_identity: bool = True
    send_identity: Literal["none", "pai", "rpid"] = "none"
    numbering: Numbering | None = None  # how it writes numbers; None: as the company does
    calls_per_hour: Int = Field(default=0, ge=0, le=1_000_000)  # out; 0: any
    minutes_per_day: Int = Field(default=0, ge=0, le=1_000_000)  # of talk, out; 0: any

    @model_validator(mode="after")
    def _usable(self) -> Trunk:
        if self.takes_calls_in and not (self.secret or self.hosts or self.registers):
            raise refused(
                "'secret' or 'hosts' (or both), or a registration with the carrier, so that "
                "whoever calls is known"
            )
        if self.takes_calls_out and self.carrier is None and self.direction == "out":
            raise refused("'carrier' with the host that calls out go to")
        return self

    @property
    def registers(self) -> bool:
        """Whether we register with the carrier; its calls then carry our token."""
        return self.carrier is not None and self.carrier.register_expiry_seconds is not None

    def qualified(self, seconds: int) -> int:
        """Every how many seconds the carrier is asked (OPTIONS) whether it is there; 0:
        never. ``seconds`` is what 'sip' says."""
        if self.carrier is None:
            return 0
        own = self.carrier.qualify_seconds
        return seconds if own is None else own

    @property
    def takes_calls_in(self) -> bool:
        return self.direction in ("in", "both")

    @property
    def takes_calls_out(self) -> bool:
        return self.direction in ("out", "both")


class OutboundRoute(Section):
    """Which trunks a number dialled by an agent (or by the platform) goes out on.

    ``trunks`` are tried in order: the next one where a trunk is full, unreachable, not
    registered, does not answer or fails (5xx), but not where the callee is busy or does
    not pick up. ``right`` is what agents need in their ``may_dial`` to use the route.

    ``pattern`` is an Asterisk pattern without its underscore: X any digit, Z 1-9,
    N 2-9, [1-5] a set; a trailing '.' stands for one or more further digits.
    """

    name: str = ""
    pattern: Annotated[
        str,
        matching(
            r"\+?(?=[0-9XZN.\[]*[0-9XZN\]])([0-9XZN]|\[[0-9]+(-[0-9])?\]){1,30}\.?",
            "digits, X, Z, N, sets such as [1-5] and a '.' at the end, e.g. '9X.' or '00ZX.'",
        ),
    ]
    trunk: Name | None = None  # short for one of 'trunks'
    trunks: tuple[Name, ...] = Field(default=(), max_length=8)
    right: Name | None = None
    calls_per_hour: Int = Field(default=0, ge=0, le=1_000_000)  # 0: any
    strip: Int = Field(default=0, ge=0, le=20)  # leading digits taken off before dialling
    prepend: Digits = ""  # then put in front
    caller_id: Number | None = None
    ring_seconds: Int = Field(default=60, ge=5, le=600)

    @model_validator(mode="after")
    def _some_trunk(self) -> OutboundRoute:
        if (self.trunk is None) == (not self.trunks):
            raise refused("either 'trunk' or 'trunks', with at least one trunk")
        if len(set(self.trunks)) != len(self.trunks):
            raise refused("each trunk once in 'trunks'")
        return self

    @property
    def in_order(self) -> tuple[str, ...]:
        """The trunks, in the order in which they are tried."""
        return self.trunks if self.trunk is None else (self.trunk,)

    def takes(self, number: str) -> bool:
        """Whether ``number``, as it is dialled, goes out on this route."""
        body = self.pattern.removesuffix(".")
        more = "[0-9]+" if body != self.pattern else ""
        expression = re.escape(body[:1]) + body[1:] if body.startswith("+") else body
        for letter, digits in (("X", "[0-9]"), ("Z", "[1-9]"), ("N", "[2-9]")):
            expression = expression.replace(letter, digits)
        return re.fullmatch(expression + more, number, re.ASCII) is not None

    def number_for(self, number: str) -> str:
        """What the trunk is asked to dial for ``number``, which this route takes."""
        return self.prepend + self.dialled_part(number)

    def dialled_part(self, number: str) -> str:
        """What is left of ``number`` for the trunk before ``prepend`` comes in front."""
        return "".join(c for c in number[self.strip :] if c in "+0123456789")
