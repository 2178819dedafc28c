"""Asterisk booted on the configuration that Parley generates, for a test.

    async def test_x(parley_asterisk):
        asterisk = await parley_asterisk({"sip.qualify_seconds": "0"})
        print(await asterisk.instance.rx("pjsip show endpoints"))
        asterisk.settings, asterisk.secrets, asterisk.layout

The settings are those of the sample company, with ports and folders of the test's
own; the mapping overrides any of them (dotted key -> text). ``custom`` are
hand-written files by name, ``environ`` holds secrets, ``start=False`` only generates.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from config.load import SAMPLE, load
from config.model import Settings
from config.secrets import AMI, FASTAGI, Secret, Secrets, phone_secret
from core.ports import PortBlock
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.manager_conf import USER
from sip.asterisk.generate.write import generate
from sip.asterisk.launcher import AsteriskInstance
from sip.asterisk.layout import AsteriskLayout, port_uses
from sip.asterisk.programs import Programs


@dataclass
class ParleyAsterisk:
    """An instance, what it was generated from, and how to log in to it."""

    instance: AsteriskInstance
    settings: Settings
    secrets: Secrets
    layout: AsteriskLayout

    manager_user: str = USER

    @property
    def sip_port(self) -> int:
        return self.settings.sip.port

    @property
    def manager_port(self) -> int:
        return self.settings.server.asterisk.ami_port

    @property
    def manager_secret(self) -> str:
        return self.secrets.get_or_create(AMI).reveal()

    @property
    def agi_secret(self) -> Secret:
        """What the dialplan shows to the app."""
        return self.secrets.get_or_create(FASTAGI)

    def phone_password(self, extension: str) -> str:
        """The SIP password of an agent's phone; its user name is the extension."""
        return self.secrets.get_or_create(phone_secret(extension)).reveal()

    def trunk_password(self, trunk: str) -> str:
        """The SIP password of a digest trunk; its user name is the trunk's name."""
        secret = self.settings.trunk(trunk).secret
        assert secret is not None, f"the trunk {trunk} has no secret"
        return self.secrets.get_or_create(secret).reveal()

    @property
    def complaints(self) -> list[str]:
        """Warnings and errors that Asterisk logged so far."""
        self.instance.flush_log()
        lines = (self.layout.folders.log / "messages.log").read_text(errors="replace").splitlines()
        return [line for line in lines if " WARNING" in line or " ERROR" in line]

    def regenerate(self, settings: Settings) -> None:
        """Write the configuration anew; reloading is the caller's."""
        self.settings = settings
        generate(settings, self.secrets, self.layout)


ParleyAsteriskFactory = Callable[..., Awaitable[ParleyAsterisk]]


def own_ports(block: PortBlock, state: Path) -> dict[str, str]:
    """Overrides that keep a test's installation apart from every other."""
    first, last = block.rtp_range
    return {
        "sip.port": str(block.take()),
        "sip.rtp_first": str(first),
        "sip.rtp_last": str(last),
        "server.asterisk.ami_port": str(block.take()),
        "server.fastagi.port": str(block.take()),
        "server.web.port": str(block.take()),
        "server.valkey_port": str(block.take()),
        "server.state_dir": str(state),
    }


@pytest_asyncio.fixture
async def parley_asterisk(
    tmp_path: Path, programs: Programs
) -> AsyncIterator[ParleyAsteriskFactory]:
    """``await parley_asterisk(overrides, config=..., custom=..., start=True)``; every
    instance stops at the end of the test."""
    made: list[ParleyAsterisk] = []
    blocks: list[PortBlock] = []

    async def make(
        overrides: Mapping[str, str] | None = None,
        *,
        config: Path = SAMPLE,
        custom: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        bench_queue: bool = False,
        start: bool = True,
    ) -> ParleyAsterisk:
        block = PortBlock.reserve()
        blocks.append(block)
        state = tmp_path / f"parley-{len(made)}"
        wanted = {**own_ports(block, state), "server.asterisk.custom_dir": str(state / "custom")}
        (state / "custom").mkdir(parents=True)
        for name, text in (custom or {}).items():
            (state / "custom" / name).write_text(text, encoding="utf-8")
        settings = load(config, environ={}, overrides={**wanted, **(overrides or {})}).settings
        secrets = Secrets(state, environ=environ or {})
        layout = AsteriskLayout(InstanceFolders(state / "asterisk"), programs, bench_queue)
        generate(settings, secrets, layout)
        instance = AsteriskInstance(programs, layout.folders, ports=port_uses(settings))
        asterisk = ParleyAsterisk(instance, settings, secrets, layout)
        made.append(asterisk)
        if start:
            await instance.start()
        return asterisk

    yield make
    for asterisk in made:
        await asterisk.instance.stop()
    for block in blocks:
        block.release()
