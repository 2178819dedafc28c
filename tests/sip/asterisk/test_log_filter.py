"""The pipe between Asterisk and its log."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sip.asterisk.log_filter import LogFilter, masked

HEAD = b"[2026-11-30 23:04:50.353] WARNING[4194304][C-0000000b] "


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (b"res_agi.c: Connecting to '127.0.0.1:13402' failed", None),
        (b"chan.c: PJSIP/6001-0000abcd is gone", None),
        (b"x.c: contact con_01K4Z5W8T1XV7Q9R8M6B2N3P4C at 1796077534.302", None),
        (b"x.c: number '13977712345' is bad", b"x.c: number '...' is bad"),
        (b"x.c: +8613977712345", b"x.c: ..."),
        (
            b"res_pjsip.c: CallerID Name 'O'Neill \xff' for number '12' has invalid UTF-8",
            b"res_pjsip.c: CallerID Name '...' for number '...' has invalid UTF-8",
        ),
        (b"x.c: a\x1b[31mb\x00", b"x.c: a?[31mb?"),
        (b'x.c: From: "Jane Doe" <sip:4915112345678@x>', b'x.c: From: "..." <sip:...@x>'),
        (
            b'x.c: "Jane \\"J\\" Doe"<SIPS:jane.doe@[::1]:5061>;a',
            b'x.c: "..."<SIPS:...@[::1]:5061>;a',
        ),
        (
            b"x.c: to <sip:+4930:secret@telco.example;user=phone>",
            b"x.c: to <sip:...@telco.example;user=phone>",
        ),
        (b"x.c: tel:+49-151-1234;phone-context=x failed", b"x.c: tel:... failed"),
        (b"x.c: sip:4915112345678 and number:4915112345678", b"x.c: sip:... and number:..."),
        (b"x.c: number +4915112345678.", b"x.c: number ...."),
        (b"x.c: +4915112345678: no", b"x.c: ...: no"),
        (b"x.c: 030 1234 567 890 is busy", b"x.c: ... is busy"),
        (b"x.c: (030) 1234-5678, +49 (0) 151 1234567", b"x.c: ..., ..."),
        (b"x.c: no route for PJSIP/4915112345678@telco", b"x.c: no route for PJSIP/...@telco"),
        (b"x.c: PJSIP/6001-00001234 from 10.0.0.1:5060 200 OK, [::1]:13402 200", None),
        (
            b'x.c: 12345678-1234-4abc-8abc-123456789012 took 1796077534.302, "a" < 3',
            b'x.c: 12345678-1234-4abc-8abc-123456789012 took 1796077534.302, "..." < 3',
        ),
        (b"x.c: sip:telco.example:5061;transport=tls, hotel:12", None),
    ],
)
def test_what_is_kept_of_a_line(text: bytes, kept: bytes | None) -> None:
    assert masked(HEAD + text) == HEAD + (text if kept is None else kept)


@pytest.mark.parametrize(
    "part", [b'"', b'" ', b"sip:", b",sip:", b"tel:", b"1 ", b"1-", b"1 -", b"1("]
)
def test_no_line_takes_long(part: bytes) -> None:
    """What a stranger sends ends up in lines of up to 64 KiB."""
    began = time.process_time()
    masked(HEAD + part * (65_536 // len(part)) + b"x")
    assert time.process_time() - began < 1


def test_a_line_that_is_none_of_asterisks_is_set_in() -> None:
    assert masked(b"Event: Hangup 13977712345") == b"  | Event: Hangup ..."


def test_everything_written_is_kept_until_the_end(tmp_path: Path) -> None:
    log_filter = LogFilter(tmp_path)
    log_filter.start()
    with (tmp_path / "messages.pipe").open("wb") as asterisk:
        for number in range(5000):
            asterisk.write(HEAD + b"x.c: %d\n" % number)
        asterisk.flush()
        log_filter.flush(10)
        assert (tmp_path / "messages.log").read_bytes().count(b"\n") == 5000
        asterisk.write(HEAD + b"x.c: the last one, unfinished")
    log_filter.close(10)
    assert (tmp_path / "messages.log").read_bytes().endswith(b"the last one, unfinished\n")
    assert not (tmp_path / "messages.pipe").exists()
    assert (tmp_path / "messages.log").stat().st_mode & 0o777 == 0o600
    log_filter.start()  # and again, as Asterisk is
    log_filter.close()


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "messages.log").mkdir()
    log_filter = LogFilter(tmp_path)
    log_filter.start()
    with (tmp_path / "messages.pipe").open("wb") as asterisk:
        asterisk.write((HEAD + b"x\n") * 20_000)
    log_filter.close(10)
