"""The pipe between Asterisk and its log."""

from __future__ import annotations

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
    ],
)
def test_what_is_kept_of_a_line(text: bytes, kept: bytes | None) -> None:
    assert masked(HEAD + text) == HEAD + (text if kept is None else kept)


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
