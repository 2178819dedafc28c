"""What the set-up made on this machine is whole, and it knows when it is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import loader, phone_python, private_root
from tools.console import STATE, SetupFailed, run


def test_the_phones_python_has_pjsua2() -> None:
    program = STATE / "phone-python"
    assert phone_python.is_current(program)
    done = subprocess.run(
        [program, "-c", "import pjsua2; print(pjsua2.Endpoint.__name__)"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "Endpoint", done.stderr


def test_another_phone_python_is_not_current(tmp_path: Path) -> None:
    program = tmp_path / "phone-python"
    assert not phone_python.is_current(program)
    program.write_text('#!/bin/sh\nexec /elsewhere/python "$@"\n')
    assert not phone_python.is_current(program)


def test_the_private_root_is_whole() -> None:
    root = STATE / "root"
    if not root.exists():
        pytest.skip("the system's own Asterisk is in use")
    assert private_root.is_current(root)
    modules = root.glob("usr/lib/*/asterisk/modules/*pjsip*.so")
    assert loader.missing_libraries(root, modules) == {}


def test_an_empty_folder_is_no_root(tmp_path: Path) -> None:
    assert not private_root.is_current(tmp_path)
    with pytest.raises(SetupFailed, match="no loader"):
        loader.find_loader(tmp_path)


def test_a_failing_program_shows_what_it_said() -> None:
    with pytest.raises(SetupFailed, match=r"no/such/file") as failure:
        run(["ls", "/no/such/file"], hint="look elsewhere")
    assert failure.value.hint == "look elsewhere"
    with pytest.raises(SetupFailed, match="no-such-program is not on this machine"):
        run(["no-such-program"])
