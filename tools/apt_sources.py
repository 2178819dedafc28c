"""Reads where this machine gets its packages from.

Both forms of sources are understood: deb822 (``*.sources``, man 5 sources.list)
and one-line (``*.list``). Nothing is ever written to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.console import SetupFailed


@dataclass(frozen=True)
class Source:
    """One archive: an address and what is taken from it."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""  # a path, or an armoured key (deb822), or nothing


@dataclass(frozen=True)
class Machine:
    """The distribution of this machine, as far as the set-up cares."""

    family: str  # "debian" or "ubuntu"
    codename: str
    source: Source

    @property
    def components(self) -> str:
        return "main universe" if self.family == "ubuntu" else "main"


def parse_deb822(text: str) -> list[Source]:
    """The enabled binary archives in a ``.sources`` file."""
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and name:
                fields[name] += "\n" + line
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes") == "no":
            continue
        found += [
            Source(
                uri,
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                fields.get("signed-by", ""),
            )
            for uri in fields.get("uris", "").split()
        ]
    return found


_ONE_LINE = re.compile(
    r"deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s*(?P<rest>.*)"
)


def parse_one_line(text: str) -> list[Source]:
    """The binary archives in a ``.list`` file."""
    found = []
    for line in text.splitlines():
        match = _ONE_LINE.match(line.split("#")[0].strip())
        if match:
            options = dict(o.split("=", 1) for o in (match["options"] or "").split() if "=" in o)
            found.append(
                Source(
                    match["uri"], (match["suite"],), tuple(match["rest"].split()),
                    options.get("signed-by", ""),
                )
            )  # fmt: skip
    return found


def parse_os_release(text: str) -> dict[str, str]:
    """``/etc/os-release`` (freedesktop os-release) as a mapping."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name: value.strip().strip("\"'") for name, _, value in pairs}


def read_machine(base: Path = Path("/")) -> Machine:
    """Distribution and archive of the machine whose root folder is ``base``.

    Raises :class:`SetupFailed` where there is no apt archive to take packages from.
    """
    try:
        release = parse_os_release((base / "etc/os-release").read_text())
    except OSError:
        release = {}
    likes = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    family = "ubuntu" if "ubuntu" in likes else "debian"
    codename = release.get("UBUNTU_CODENAME" if family == "ubuntu" else "VERSION_CODENAME", "")
    codename = codename or release.get("VERSION_CODENAME", "")
    etc = base / "etc/apt"
    sources: list[Source] = []
    for path in sorted([*etc.glob("sources.list.d/*.sources")]):
        sources += parse_deb822(path.read_text(errors="replace"))
    for path in sorted([etc / "sources.list", *etc.glob("sources.list.d/*.list")]):
        if path.is_file():
            sources += parse_one_line(path.read_text(errors="replace"))
    usable = [s for s in sources if "main" in s.components and not s.uri.startswith("cdrom")]
    own = [s for s in usable if codename and codename in s.suites] or [
        s for s in usable if not any("security" in suite for suite in s.suites)
    ]
    if not own:
        raise SetupFailed(
            "No Debian or Ubuntu archive is configured in /etc/apt.",
            "Parley's set-up needs Debian 12 or newer, or Ubuntu. Elsewhere install Asterisk "
            "18 or newer and sipp by your own means; a capable one is used as it is.",
        )
    return Machine(family, codename or own[0].suites[0], own[0])
