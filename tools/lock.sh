#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: every version pinned, every file
# by hash, one lock for all supported Pythons. Give it --upgrade to take newer versions.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
options="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet $*"

$uv pip compile $options pyproject.toml --output-file requirements/base.txt
extra() { # name
    .venv/bin/python - "$1" <<'END'
import sys, tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]], sep="\n")
END
}
extra speech | $uv pip compile $options - \
    --constraint requirements/base.txt --output-file requirements/speech.txt
$uv pip compile $options --group pyproject.toml:dev --constraint requirements/base.txt \
    --constraint requirements/speech.txt --output-file requirements/dev.txt

# The phone's only need, and once more without its marker for tools/phone_python.py,
# which installs it for another interpreter than the one that runs pip.
extra phone | $uv pip compile $options - --output-file requirements/phone.txt
extra phone | cut -d ';' -f 1 | $uv pip compile $options - --output-file requirements/phone-python.txt
