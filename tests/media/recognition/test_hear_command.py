"""``parley hear``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from core.log import configure_logging
from media import wav
from tests.media.recognition.speech import MEDIA


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """The command logs to the standard error of the moment, which ends with the test."""
    yield
    configure_logging("info", stream=sys.__stderr__)


CARD = MEDIA / "demo" / "en" / "customer-lost-card.wav"


def test_a_recording_of_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The customer speaks first; what the agent says comes after it."""
    customer = wav.read_telephone(CARD)
    agent = wav.read_telephone(MEDIA / "demo" / "en" / "agent-sorry.wav")
    both = np.zeros((len(customer) + len(agent) + 8000, 2), dtype=np.int16)
    both[: len(customer), 0] = customer
    both[-len(agent) :, 1] = agent
    wav.write(tmp_path / "call.wav", both)
    main(["hear", str(tmp_path / "call.wav"), "--fast", "--language", "en", "--turns"])
    lines = capsys.readouterr().out.splitlines()
    finals = [line for line in lines if "whisper-base" in line]
    assert any("customer" in line and "credit card" in line for line in finals)
    assert any("agent" in line and "sorry" in line.lower() for line in finals)
    assert any("begins to speak" in line for line in lines)


def test_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    main(["hear", str(MEDIA / "prompts" / "en" / "number-6.wav"), "--fast", "--json",
          "--language", "en", "--grammar", "digits:1"])  # fmt: skip
    heard = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(h["kind"], h["text"]) for h in heard] == [("final", "6")]


def test_what_is_no_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.wav").write_text("hello")
    for file in (tmp_path / "x.wav", tmp_path / "nothing.wav"):
        with pytest.raises(SystemExit) as stopped:
            main(["hear", str(file)])
        assert stopped.value.code == 2
    assert "error:" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["hear", str(CARD), "--grammar", "digits:0"])
    assert stopped.value.code == 2
