"""Reading a machine's package sources in every form they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.apt_sources import parse_deb822, parse_one_line, read_machine
from tools.console import SetupFailed
from tools.private_root import major, suites_to_try

DEB822 = """\
# the mirror of this house
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF...
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://mirror.example/debian-security
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp

Enabled: no
Types: deb
URIs: http://elsewhere.example/
Suites: trixie
Components: main
"""


def machine(base: Path, release: str, **sources: str) -> Path:
    (base / "etc/apt/sources.list.d").mkdir(parents=True)
    (base / "etc/os-release").write_text(release)
    for name, text in sources.items():
        (base / "etc/apt/sources.list.d" / name.replace("__", ".")).write_text(text)
    return base


def test_deb822_with_a_key_in_it() -> None:
    main, security = parse_deb822(DEB822)
    assert main.uri == "http://mirror.example/debian"
    assert main.suites == ("trixie", "trixie-updates")
    assert main.signed_by.splitlines()[-1] == " -----END PGP PUBLIC KEY BLOCK-----"
    assert security.suites == ("trixie-security",)


def test_one_line_with_and_without_options() -> None:
    text = (
        "# deb http://no.example/ubuntu noble main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://a.example/ubuntu noble main universe\n"
        "deb-src http://a.example/ubuntu noble main\n"
        "deb http://b.example/ubuntu noble-updates main # updates\n"
    )
    one, two = parse_one_line(text)
    assert (one.uri, one.suites, one.signed_by) == ("http://a.example/ubuntu", ("noble",), "/k.gpg")
    assert one.components == ("main", "universe")
    assert (two.uri, two.components) == ("http://b.example/ubuntu", ("main",))


def test_the_main_archive_is_taken(tmp_path: Path) -> None:
    base = machine(tmp_path, "ID=debian\nVERSION_CODENAME=trixie\n", debian__sources=DEB822)
    found = read_machine(base)
    assert (found.family, found.codename) == ("debian", "trixie")
    assert found.source.uri == "http://mirror.example/debian"
    assert suites_to_try(found) == ["forky", "sid"]


def test_a_relative_of_ubuntu_uses_its_suite(tmp_path: Path) -> None:
    release = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=x\nUBUNTU_CODENAME=noble\n'
    lines = (
        "deb http://mint.example/ x main\ndeb http://ubuntu.example/ubuntu noble main universe\n"
    )
    found = read_machine(machine(tmp_path, release, all__list=lines))
    assert (found.family, found.codename) == ("ubuntu", "noble")
    assert found.source.uri == "http://ubuntu.example/ubuntu"
    assert found.components == "main universe"
    assert suites_to_try(found) == ["noble"]


def test_a_machine_without_apt_is_told_what_to_do(tmp_path: Path) -> None:
    base = machine(tmp_path, "ID=fedora\nVERSION_ID=43\n")
    with pytest.raises(SetupFailed) as refusal:
        read_machine(base)
    assert "Asterisk 18 or newer" in refusal.value.hint


@pytest.mark.parametrize(
    ("version", "number"),
    [("1:22.10.1+dfsg-1", 22), ("18.10.0~dfsg-2", 18), ("1:16.2.1~dfsg-1", 16), ("", 0)],
)
def test_versions(version: str, number: int) -> None:
    assert major(version) == number
