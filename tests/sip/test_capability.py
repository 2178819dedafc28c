"""Which Asterisk is chosen, and the words that say why."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sip.asterisk.capability import (
    NoCapableAsterisk,
    choose,
    examine,
    required_modules,
)
from sip.asterisk.programs import Programs
from tests.support.asterisk import AsteriskFactory


def copy_of(programs: Programs, target: Path) -> Programs:
    """A root of links to a real one, to take things away from."""
    root = programs.root
    if root is None:
        pytest.skip("the system's own Asterisk is in use; there is no root to copy")
    shutil.copytree(
        root, target, copy_function=lambda a, b: Path(b).symlink_to(a),
        ignore=shutil.ignore_patterns("sounds", "moh", "doc"), symlinks=True,
    )  # fmt: skip
    return Programs(target)


def test_the_real_one_is_capable(programs: Programs) -> None:
    found = examine(programs)
    assert found.lacks == ()
    assert int(found.version.split(".")[0]) >= 18


def test_a_missing_module_is_named(programs: Programs, tmp_path: Path) -> None:
    lame = copy_of(programs, tmp_path / "root")
    (lame.module_dir / "app_mixmonitor.so").unlink()
    found = examine(lame)
    assert not found.capable
    assert "app_mixmonitor.so" in found.lacks[0]


def test_the_reason_is_in_words(programs: Programs, tmp_path: Path) -> None:
    root = copy_of(programs, tmp_path / "root").root
    assert root is not None
    choice = choose(root, wanted="private")
    assert choice.programs.root == root
    assert choice.version in choice.reason


def test_nothing_capable_says_what_each_lacks(tmp_path: Path) -> None:
    with pytest.raises(
        NoCapableAsterisk, match=r"the private root: asterisk is not in.*make setup"
    ):
        choose(tmp_path, wanted="private")


async def test_every_required_module_runs(asterisk_factory: AsteriskFactory) -> None:
    """The list is not wishful: each of them loads and runs in the real server."""
    load = "".join(f"load = {name}\n" for name in required_modules())
    asterisk = await asterisk_factory(
        {
            "modules.conf": f"[modules]\nautoload=no\n{load}",
            "cel.conf": "[general]\nenable=yes\napps=all\nevents=HANGUP\n",
            "cel_custom.conf": "[mappings]\ncel.csv => ${CSV_QUOTE(${eventtype})}\n",
        }
    )
    listing = await asterisk.instance.rx("module show")
    # the console cuts long names short
    running = tuple(line.split()[0] for line in listing.splitlines() if "  Running " in line)
    lame = [n for n in required_modules() if not any(n.startswith(r) for r in running)]
    assert lame == []
