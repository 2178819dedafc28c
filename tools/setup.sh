#!/bin/sh
# Makes this folder ready to run: a virtual environment in .venv, programs in .parley.
# Nothing outside of this folder changes, except for system packages that are missing,
# for which sudo asks you. With --tests also what only tests need. Takes well under a
# second when everything is there.
set -eu
cd "$(dirname "$0")/.."
. tools/system_packages.sh

# One set-up at a time; the lock goes with the process that holds it.
mkdir -p .parley
exec 9>.parley/setup.lock
if ! flock --nonblock 9; then
    echo "  another set-up of this folder is running; waiting for it ..."
    flock 9
fi

able() { # a Python that is new enough and can make virtual environments
    command -v "$1" >/dev/null &&
        "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for python in python3 python3.13 python3.12 python3.11 python3.14; do
        if able "$python"; then
            return 0
        fi
    done
    return 1
}

if ! .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    if ! find_python; then
        # Which packages bring one? Debian 12+ and Ubuntu 24.04+: the default Python.
        packages="python3 python3-venv"
        if command -v python3 >/dev/null &&
            ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            packages="python3.11 python3.11-venv"
        fi
        # shellcheck disable=SC2086
        need_packages "Parley needs Python 3.11 or newer with its venv module" $packages
        if ! find_python; then
            echo "Set-up failed: no Python 3.11 or newer with venv was found." >&2
            echo "What to do: install one so that 'python3.11' (or 3.12, 3.13) starts it." >&2
            exit 1
        fi
    fi
    echo "  making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv
fi

if [ "${1:-}" = --tests ]; then
    need_browser
fi

exec .venv/bin/python -m tools.setup "$@"
