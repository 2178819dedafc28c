"""The true ends of calls, read from the file that Asterisk writes."""

from __future__ import annotations

import csv
import time
from pathlib import Path

from core import ids
from core.clock import from_epoch, to_epoch
from sip.ami import AmiClient, Originate
from sip.voice.ended_calls import previous, read_ends, set_aside
from tests.support.ami import AmiConnect
from tests.support.parley_asterisk import ParleyAsteriskFactory
from tests.support.wait import until

_DIALPLAN = {"extensions-custom.conf": "[ends]\nexten => busy,1,Answer()\n same => n,Hangup(17)\n"}


def _line(uniqueid: str, at: float, *, event: str = "HANGUP", extra: str = "") -> list[str]:
    return [event, f"{at:.6f}", uniqueid, "PJSIP/x-1", uniqueid, extra or '{"hangupcause":16}']


def _write(file: Path, *rows: list[str]) -> None:
    with file.open("a", newline="") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)


def test_those_that_are_wanted_are_found(tmp_path: Path) -> None:
    file = tmp_path / "ends.csv"
    _write(file, *(_line(f"1767225600.{n}", 1767225600 + n) for n in range(40_000)))
    with file.open("a") as out:
        out.write('"HANGUP","1767225600.1","torn')
    found = read_ends(file, ["1767225600.7", "1767225600.39999", "1767225600.none"])
    assert found == {f"1767225600.{n}": (from_epoch(1767225600 + n), 16) for n in (7, 39_999)}


def test_lines_that_tell_of_no_end_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "ends.csv"
    assert read_ends(file, ["a"]) == {}
    _write(file, _line("a", 1.0), _line("b", 2.0, extra="torn"), _line("c", 3.0))
    _write(file, _line("a", 9.0, event="CHAN_END"), ["a", "b", "a"], ["", "", "a", "", "", ""])
    with file.open("a") as out:
        out.write('\n"HANGUP","no time","a","","",""\n"HANGUP","1e999","a","","",""\n')
    found = read_ends(file, ["a", "b"])
    assert found == {"a": (from_epoch(1.0), 16), "b": (from_epoch(2.0), None)}


def test_the_file_before_is_read_as_well(tmp_path: Path) -> None:
    file = tmp_path / "ends.csv"
    assert not set_aside(file, largest=10)
    for uniqueid in ("old", "before", "now"):
        _write(file, _line(uniqueid, 1.0))
        if uniqueid != "now":
            assert set_aside(file, largest=10)
    assert set(read_ends(file, ["old", "before", "now"])) == {"before", "now"}
    file.unlink()
    assert set(read_ends(file, ["before", "now"])) == {"before"}


def test_many_lines_of_others_cost_little(tmp_path: Path) -> None:
    file = tmp_path / "ends.csv"
    _write(file, *(_line(f"1767225600.{n}", 1767225600 + n) for n in range(100_000)))
    begun = time.process_time()
    assert read_ends(file, [f"{n}.none" for n in range(500)]) == {}
    assert time.process_time() - begun < 2


async def test_asterisk_goes_on_when_its_file_is_set_aside(
    parley_asterisk: ParleyAsteriskFactory, ami_connect: AmiConnect
) -> None:
    asterisk = await parley_asterisk(custom=_DIALPLAN)
    client = await ami_connect(asterisk)
    file = asterisk.layout.cel_file
    calls = []
    for _ in range(2):
        calls.append(await _call(client))
        await until(lambda: read_ends(file, calls[-1:]), 10, "its end")
        set_aside(file, largest=0)
    assert previous(file).exists()
    assert not file.exists()
    calls.append(await _call(client))
    await until(lambda: read_ends(file, calls[-1:]), 10, "its end")
    found = read_ends(file, calls)
    assert set(found) == set(calls[1:])
    assert all(abs(to_epoch(at) - time.time()) < 30 for at, _ in found.values())


async def _call(client: AmiClient) -> str:
    """A channel that is there for a moment; its uniqueid."""
    uniqueid = ids.new_id(ids.CHANNEL)
    await client.originate(
        Originate(channel="Local/busy@ends/n", channel_id=uniqueid, application="Wait", data="0.1")
    )
    return uniqueid
