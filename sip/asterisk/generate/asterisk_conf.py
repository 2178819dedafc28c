"""asterisk.conf: folders and process-wide options."""

from __future__ import annotations

import hashlib
import resource

from config.secrets import AMI_MARK, Secrets
from sip.asterisk.generate.text import Conf
from sip.asterisk.layout import AsteriskLayout

_MOST_FILES = 65_536
_LONGEST_NAME = 19  # bytes; Asterisk cuts the rest off


def asterisk_conf(layout: AsteriskLayout, secrets: Secrets) -> str:
    """Text of ``asterisk.conf``."""
    conf = Conf("Folders of this instance and options of the whole process.", "")
    conf.raw(*layout.folders.directories_section(layout.programs).splitlines())
    conf.section("options").set(
        # Connections of strangers must not take the descriptors that calls need.
        maxfiles=_files(),
        # Stands in every event, before anything that a caller can choose, and in every
        # Uniqueid: callers cannot forge what they do not know (sip.ami.frames).
        systemname=system_name(secrets),
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


def _files() -> int:
    """As many open files as this user may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)


def system_name(secrets: Secrets) -> str:
    """A name that cannot be guessed: as many hexadecimal digits as Asterisk takes."""
    mark = secrets.get_or_create(AMI_MARK).reveal()
    return hashlib.sha256(mark.encode()).hexdigest()[:_LONGEST_NAME]
