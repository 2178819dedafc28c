"""Bare Asterisk doing what Parley does for a call: answer, beep, one key, an agent.

An instance of its own with the same configuration, so that nothing of it costs the
app anything. It knows no queue, no state of agents, no records and no restart: the
price of those is what the comparison shows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.support.app_queue import SECRET
from bench.support.installation import BenchCentre
from config.load import load
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.write import generate
from sip.asterisk.launcher import AsteriskInstance
from sip.asterisk.layout import AsteriskLayout, port_uses

CALLER = "bench-dial"
EXTENSION = "menu"


@dataclass(frozen=True, slots=True)
class BareAsterisk:
    """The instance and where it listens."""

    instance: AsteriskInstance
    sip_port: int


@asynccontextmanager
async def bare_asterisk(
    centre: BenchCentre, members: Sequence[str], sound: str, rtp: tuple[int, int]
) -> AsyncIterator[BareAsterisk]:
    """Up when entered, gone when left. ``members`` are extensions of ``centre`` with
    numbers in a row; ``sound`` (without extension) is the menu's prompt."""
    folder = centre.folder / "bare"
    custom = folder / "custom"
    custom.mkdir(parents=True)
    for name, text in _files(members, sound).items():
        (custom / name).write_text(text, encoding="utf-8")
    values = {
        "server.state_dir": str(folder / "state"),
        "server.asterisk.custom_dir": str(custom),
        "server.asterisk.ami_port": str(centre.block.take()),
        "sip.port": str(centre.block.take()),
        "sip.rtp_first": str(rtp[0]),
        "sip.rtp_last": str(rtp[1]),
    }
    settings = load(centre.company, environ={}, overrides=values).settings
    layout = AsteriskLayout(InstanceFolders(folder / "asterisk"), centre.programs)
    generate(settings, centre.secrets, layout)
    instance = AsteriskInstance(centre.programs, layout.folders, ports=port_uses(settings))
    try:
        await instance.start()
        yield BareAsterisk(instance, settings.sip.port)
    finally:
        await instance.stop()


def _files(members: Sequence[str], sound: str) -> dict[str, str]:
    """Hand-written Asterisk files: a menu of one key that dials a member by lot."""
    return {
        "extensions-custom.conf": (
            f"[bench-menu]\nexten => {EXTENSION},1,Answer(,i)\n"
            f" same => n,Read(KEY,{Path(sound)},1,,1,5)\n"
            f" same => n,Dial(PJSIP/${{RAND({members[0]},{members[-1]})}},20)\n"
            " same => n,Hangup()\n"
        ),
        "pjsip-custom.conf": (
            f"[{CALLER}]\ntype=endpoint\ncontext=bench-menu\ndisallow=all\nallow=ulaw\n"
            f"auth={CALLER}\naors={CALLER}\nidentify_by=auth_username,username\ndtmf_mode=info\n"
            "direct_media=no\nrtp_symmetric=yes\nforce_rport=yes\nrewrite_contact=yes\n"
            f"[{CALLER}]\ntype=auth\nauth_type=userpass\nusername={CALLER}\npassword={SECRET}\n"
            f"[{CALLER}]\ntype=aor\nmax_contacts=1\n"
        ),
    }
