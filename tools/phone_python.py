"""Makes ``.parley/phone-python``: the interpreter that runs the phone processes.

pjsua2 has wheels for CPython up to 3.12. On an older Python this is a small script
that starts the project's own; on a newer one it is a private Python of the
machine's own archive, unpacked like the private root, with pjsua2 beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tools import apt_sources, loader
from tools.console import REPOSITORY, STATE, SetupFailed, main, run, say, step
from tools.private_apt import PrivateApt, remove

LOCK = REPOSITORY / "requirements/phone-python.txt"
NEWEST_WITH_WHEEL = (3, 12)
# Where the archive of each family still has a Python that is old enough.
_SUITES = {"debian": ("bookworm", "3.11"), "ubuntu": ("noble", "3.12")}
_FOR_PJSUA2 = ("libstdc++6", "libgcc-s1", "zlib1g")  # what its wheel takes from the system
_NEEDLESS = ("test", "idlelib", "lib2to3", "ensurepip", "tkinter", "turtledemo", "pydoc_data")

_OWN = """\
#!/bin/sh
# Runs the phone processes with the project's own Python. Made by 'make setup'.
exec {python} "$@"
"""

_PRIVATE = """\
#!/bin/sh
# Runs the phone processes with a private Python {version}. Made by 'make setup'.
# recipe {recipe}
root={root}
export PYTHONHOME="$root/usr" PYTHONPATH="$root/site${{PYTHONPATH:+:$PYTHONPATH}}"
export PYTHONNOUSERSITE=1
exec "$root/{loader}" --library-path "$root/{libraries}" --argv0 "$0" \\
    "$root/usr/bin/python{version}" "$@"
"""


def recipe() -> str:
    """A hash of everything that decides what the private Python holds."""
    digest = hashlib.sha256(platform.machine().encode())
    tools = [Path(__file__).with_name(f"{name}.py") for name in ("private_apt", "loader")]
    for source in (Path(__file__), *tools, LOCK):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _own_script() -> str:
    return _OWN.format(python=shlex.quote(str(Path(sys.prefix, "bin", "python"))))


def _write_program(path: Path, text: str) -> None:
    """Put the script in its place in one step, executable."""
    new = path.with_name(f"{path.name}.new-{os.getpid()}")
    new.write_text(text)
    new.chmod(0o755)
    new.replace(path)


def _install_pjsua2(site: Path, version: str) -> None:
    """Unpack the wheel for ``version`` with the pip of the Python that runs this."""
    run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:",
         "--require-hashes", "--python-version", version, "--implementation", "cp",
         "--target", str(site), "--requirement", str(LOCK)],
        hint="Is the network up?",
    )  # fmt: skip


def _trim(root: Path, version: str) -> None:
    """Keep the interpreter, its standard library, what these load, and licences."""
    library = root / "usr/lib" / f"python{version}"
    for name in _NEEDLESS:
        shutil.rmtree(library / name, ignore_errors=True)
    python = root / "usr/bin" / f"python{version}"
    compiled = [*library.glob("lib-dynload/*.so"), *root.glob("site/*/*.so")]
    missing = loader.missing_libraries(root, [python, *compiled])
    if any("pjsua2" in name or name.startswith("python") for name in missing):
        raise SetupFailed(f"The private Python is not complete: {missing}.")
    for folder in ("etc", "var", "usr/sbin", "usr/libexec"):
        remove(root / folder)
    for path in [*(root / "usr/bin").iterdir(), *(root / "usr/share").iterdir()]:
        if path != python and path.name != "doc":
            remove(path)


def _check(program: Path) -> None:
    done = subprocess.run(
        [program, "-c", "import pjsua2, json, asyncio, ssl; print(pjsua2.Endpoint)"],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
    if done.returncode != 0:
        raise SetupFailed(f"{program} cannot import pjsua2: {done.stderr[-500:]}")


def build_private(program: Path) -> None:
    """A private Python with pjsua2 in ``phone-root`` beside ``program``."""
    machine = apt_sources.read_machine()
    suite, version = _SUITES[machine.family]
    root = program.with_name("phone-root")
    for stale in root.parent.glob(f"{root.name}.building-*"):
        shutil.rmtree(stale, ignore_errors=True)
    work = root.with_name(f"{root.name}.building-{os.getpid()}")
    work.mkdir(parents=True)
    try:
        with step(f"fetching Python {version} of {machine.family} {suite} for the phones"):
            apt = PrivateApt(work / "apt", machine, suite)
            apt.update()
            files = apt.fetch([
                f"python{version}-minimal", f"libpython{version}-stdlib", *_FOR_PJSUA2,
            ])  # fmt: skip
        new = work / "root"
        with step("unpacking, and adding pjsua2"):
            apt.unpack(files, new)
            _install_pjsua2(new / "site", version)
            _trim(new, version)
        program.unlink(missing_ok=True)  # no script may point into a half-changed root
        shutil.rmtree(root, ignore_errors=True)
        new.rename(root)
        found = loader.find_loader(root).relative_to(root)
        text = _PRIVATE.format(
            version=version, recipe=recipe(), root=shlex.quote(str(root.absolute())), loader=found,
            libraries=found.parent,
        )  # fmt: skip
        untried = program.with_name(f"{program.name}.untried")
        _write_program(untried, text)
        _check(untried)
        untried.rename(program)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def is_current(program: Path) -> bool:
    """Whether ``program`` is what this Python needs."""
    try:
        text = program.read_text()
    except OSError:
        return False
    if sys.version_info[:2] <= NEWEST_WITH_WHEEL:
        return text == _own_script()
    return f"# recipe {recipe()}\n" in text and (
        f"root={shlex.quote(str(program.with_name('phone-root')))}\n" in text
    )


def make(program: Path) -> None:
    """Make ``program`` unless it is current. Raises :class:`SetupFailed`."""
    if is_current(program):
        return
    program.parent.mkdir(parents=True, exist_ok=True)
    if sys.version_info[:2] <= NEWEST_WITH_WHEEL:
        _write_program(program, _own_script())
        return
    newest = ".".join(map(str, NEWEST_WITH_WHEEL))
    say(f"pjsua2 has no wheel for Pythons after {newest}; the phones get one of their own.")
    build_private(program)


def work() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=STATE / "phone-python")
    make(parser.parse_args().target.absolute())


if __name__ == "__main__":
    main(work)
