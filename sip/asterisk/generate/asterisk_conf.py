"""asterisk.conf: folders and process-wide options."""

from __future__ import annotations

from sip.asterisk.generate.text import Conf
from sip.asterisk.layout import AsteriskLayout


def asterisk_conf(layout: AsteriskLayout) -> str:
    """Text of ``asterisk.conf``."""
    conf = Conf("Folders of this instance and options of the whole process.", "")
    conf.raw(*layout.folders.directories_section(layout.programs).splitlines())
    conf.section("options").set(
        verbose=0,
        debug=0,
        hideconnect=True,
        # A channel that waits silently still sends audio, so that the peer's own
        # 'no media' timer does not end the call.
        transmit_silence=True,
        # Functions that touch files or the shell are not for AMI or SIP users.
        live_dangerously=False,
    )
    conf.section("files", "The console socket is for this user only.").set(astctlpermissions="0600")
    return conf.text()
