"""Write all generated files: whole or not at all, marked, readable for us only."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from config.model import Settings
from config.secret_names import own_names
from config.secrets import Secrets
from core.errors import Conflict
from sip.asterisk.generate import dialplan
from sip.asterisk.generate.acl_conf import acl_conf
from sip.asterisk.generate.asterisk_conf import asterisk_conf
from sip.asterisk.generate.cel_conf import cel_conf, cel_custom_conf
from sip.asterisk.generate.extensions_conf import extensions_conf
from sip.asterisk.generate.manager_conf import manager_conf
from sip.asterisk.generate.modules_conf import modules_conf
from sip.asterisk.generate.musiconhold_conf import musiconhold_conf
from sip.asterisk.generate.pjsip_conf import pjsip_conf
from sip.asterisk.generate.small_files import (
    cdr_conf,
    confbridge_conf,
    empty_conf,
    features_conf,
    http_conf,
    indications_conf,
    logger_conf,
    pjproject_conf,
    queues_conf,
    rtp_conf,
)
from sip.asterisk.generate.text import MARK, path
from sip.asterisk.layout import AsteriskLayout

# What makes a running Asterisk read a changed file; the others need a restart.
RELOADS = {
    "extensions.conf": "dialplan reload",
    "pjsip.conf": "module reload res_pjsip.so",
    "manager.conf": "manager reload",
    "musiconhold.conf": "moh reload",
    "logger.conf": "logger reload",
    "features.conf": "module reload features",
    "confbridge.conf": "module reload app_confbridge.so",
}

# Generated files that a hand-written <name>-custom.conf is added to.
CUSTOMISABLE = (
    "extensions.conf", "pjsip.conf", "manager.conf", "modules.conf", "musiconhold.conf",
    "logger.conf", "features.conf", "confbridge.conf", "queues.conf",
)  # fmt: skip

# Asterisk complains when these are missing; some want a section in them.
_EMPTY = {
    "ccss.conf": ("general",),
    "udptl.conf": ("general",),
    "minivm.conf": ("general",),  # of it only the application is used that counts messages
}


class HandWrittenFile(Conflict):
    """A file that Parley would write was written by somebody else."""

    code: ClassVar[str] = "hand_written_file"


@dataclass(frozen=True, slots=True)
class Generated:
    """What :func:`generate` did: the files of the configuration, and those of them
    whose text is new."""

    files: tuple[str, ...]
    changed: tuple[str, ...]


def render(settings: Settings, secrets: Secrets, layout: AsteriskLayout) -> dict[str, str]:
    """File name -> full text, nothing written. Raises
    :class:`~sip.asterisk.generate.text.UnsafeValue` and
    :class:`~config.secrets.SecretMissing`."""
    selftest = (dialplan.SELFTEST_CALLER, dialplan.SELFTEST_AGENT)
    secrets.ensure([*own_names(settings), *selftest])
    bodies = {
        "acl.conf": acl_conf(),
        "asterisk.conf": asterisk_conf(layout, secrets),
        "modules.conf": modules_conf(layout),
        "extensions.conf": extensions_conf(settings, secrets),
        "pjsip.conf": pjsip_conf(settings, secrets, layout.modules),
        "manager.conf": manager_conf(settings, secrets),
        "musiconhold.conf": musiconhold_conf(settings),
        "pjproject.conf": pjproject_conf(),
        "rtp.conf": rtp_conf(settings),
        "logger.conf": logger_conf(),
        "cel.conf": cel_conf(),
        "cel_custom.conf": cel_custom_conf(layout),
        "cdr.conf": cdr_conf(),
        "features.conf": features_conf(),
        "http.conf": http_conf(),
        "confbridge.conf": confbridge_conf(),
        "indications.conf": indications_conf(),
        **{name: empty_conf("Nothing to set.", *sections) for name, sections in _EMPTY.items()},
    }
    if layout.bench_queue:
        bodies["queues.conf"] = queues_conf()
    custom = settings.server.asterisk.custom_dir
    return {name: _framed(name, body, custom) for name, body in bodies.items()}


def generate(settings: Settings, secrets: Secrets, layout: AsteriskLayout) -> Generated:
    """Write the whole configuration of one instance into ``layout.folders.etc``.

    Nothing is written when anything cannot be. Files of an earlier run that are no
    longer wanted are removed. Raises :class:`HandWrittenFile` for a file without our
    mark, besides what :func:`render` raises. Touches files: call it in a thread.
    """
    texts = render(settings, secrets, layout)
    layout.folders.create()
    etc = layout.folders.etc
    for name in texts:
        _require_ours(etc / name)
    layout.cel_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    changed = tuple(name for name, text in texts.items() if _write(etc / name, text))
    for stale in etc.glob("*.conf"):
        if stale.name not in texts and _is_ours(stale):
            stale.unlink()
    return Generated(files=tuple(texts), changed=changed)


def write_file(target: Path, body: str) -> bool:
    """Write one file anew that has no hand-written part, as :func:`generate` does;
    whether it changed. Raises OSError, also where nothing was ever generated."""
    return _write(target, _framed(target.name, body, None))


def _framed(name: str, body: str, custom: Path | None) -> str:
    own = f"{Path(name).stem}-custom.conf"
    if name not in CUSTOMISABLE:
        return f"{MARK}: do not edit, it is written anew at every start.\n{body}"
    where = f"{custom / own}" if custom is not None else f"a file {own} in config/asterisk"
    head = (
        f"{MARK}: do not edit, it is written anew at every start.\n"
        f"; Your own lines go to {_comment(where)}.\n{body}"
    )
    return head if custom is None else f'{head}\n#tryinclude "{path(custom / own)}"\n'


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _is_ours(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as lines:
        return lines.readline().startswith(MARK)


def _require_ours(file: Path) -> None:
    if file.exists() and not _is_ours(file):
        raise HandWrittenFile(
            f"{file} was not written by Parley and is not overwritten.",
            hint="Move it away; your own lines belong into a *-custom.conf of the folder "
            "server.asterisk.custom_dir.",
            file=str(file),
        )


def _write(target: Path, text: str) -> bool:
    """Replace ``target`` unless it is the same already; whether it was written."""
    if target.exists() and target.read_text(encoding="utf-8") == text:
        target.chmod(0o600)
        return False
    descriptor, partial = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        Path(partial).replace(target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return True
