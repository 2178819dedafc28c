"""acl.conf: addresses from which no SIP is taken. The app writes it while it runs."""

from __future__ import annotations

from collections.abc import Iterable

from sip.asterisk.generate.text import Conf

BLOCKED = "parley-blocked"


def acl_conf(blocked: Iterable[str] = ()) -> str:
    """Text of ``acl.conf``; ``blocked`` are addresses and networks."""
    conf = Conf("Addresses that guessed passwords: 'parley blocked' lists them, and lifts one.")
    conf.section(BLOCKED)
    return conf.set(*(("deny", address) for address in sorted(blocked))).text()
