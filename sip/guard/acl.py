"""Telling Asterisk which addresses are blocked: a file, and a reload of access lists,
which leaves calls and registrations alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from core.errors import Unavailable
from sip.ami import AmiClient
from sip.asterisk.generate.acl_conf import acl_conf
from sip.asterisk.generate.write import write_file

FILE = "acl.conf"


class CannotBlock(Unavailable):
    """Asterisk's access list cannot be written: guessing goes on unhindered."""

    code: ClassVar[str] = "sip_guard_cannot_block"


class AccessList:
    """The list of one Asterisk whose generated configuration is in ``etc``."""

    def __init__(self, ami: AmiClient, etc: Path) -> None:
        self._ami = ami
        self._file = etc / FILE

    async def apply(self, blocked: Iterable[str]) -> None:
        """Block exactly ``blocked``. Raises :class:`CannotBlock` and what AMI raises."""
        text = acl_conf(blocked)
        try:
            await asyncio.to_thread(write_file, self._file, text)
        except OSError as error:
            raise CannotBlock(
                f"{self._file} cannot be written: {error.strerror}.",
                hint="The app blocks addresses in the Asterisk that 'parley up' started; beside "
                "another one set sip.guard.enabled to false and guard its SIP port yourself.",
            ) from error
        await self._ami.action("Reload", {"Module": "acl"})
