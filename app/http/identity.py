"""Who asks: a person who signed in, or the operator of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from config.agents import Role

OPERATOR = "operator"


class Proof(StrEnum):
    """How the asker was recognised; a cookie is also sent by other people's pages."""

    BEARER = "bearer"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True)
class Identity:
    """``id`` is the agent's log-in (or ``operator``); ``session`` the public half of
    the token, by which the session can be closed."""

    id: str
    roles: frozenset[Role]
    session: str
    proof: Proof

    @property
    def is_agent(self) -> bool:
        return Role.AGENT in self.roles

    @property
    def is_supervisor(self) -> bool:
        return Role.SUPERVISOR in self.roles
