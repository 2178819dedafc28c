"""What one Asterisk instance of Parley consists of: its folders and its programs.

Ports are not here: they are settings (``sip.port``, ``server.asterisk.ami_port``,
``sip.rtp_first`` ...).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.model import Settings
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.launcher import PortUse
from sip.asterisk.programs import Programs


@dataclass(frozen=True, slots=True)
class AsteriskLayout:
    """Where an instance keeps its things.

    ``bench_queue`` adds Asterisk's own app_queue, which Parley does not use, so that
    the benches can measure it beside ours.
    """

    folders: InstanceFolders
    programs: Programs
    bench_queue: bool = False

    @property
    def cel_file(self) -> Path:
        """Ends of channels, one CSV line each (see ``generate.cel_conf``)."""
        return self.folders.log / "cel-custom" / "parley.csv"

    @property
    def modules(self) -> frozenset[str]:
        """Names (without .so) of the modules that this Asterisk has."""
        return frozenset(path.stem for path in self.programs.module_dir.glob("*.so"))


def port_uses(settings: Settings) -> tuple[PortUse, ...]:
    """The ports that an instance with these settings binds."""
    sip, control = settings.sip, settings.server.asterisk
    uses = [
        PortUse(sip.port, "SIP over UDP", host=sip.bind, udp=True),
        PortUse(sip.port, "SIP over TCP", host=sip.bind),
        PortUse(control.ami_port, "the Asterisk manager interface", host=control.ami_host),
    ]
    if sip.tls is not None:
        uses.append(PortUse(sip.tls.port, "SIP over TLS", host=sip.bind))
    return tuple(uses)
