"""The true ends of calls, read from the file that Asterisk writes."""

from __future__ import annotations

import csv
import json
import tempfile
import time
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import ids
from core.clock import from_epoch, to_epoch
from sip.ami import AmiClient, Originate
from sip.voice.ended_calls import By, End, hung_up_by_agent, previous, read_ends, set_aside
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
    ends = {n: End(from_epoch(1767225600 + n), 16, By.US) for n in (7, 39_999)}
    assert found == {f"1767225600.{n}": end for n, end in ends.items()}


def test_lines_that_tell_of_no_end_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "ends.csv"
    assert read_ends(file, ["a"]) == {}
    _write(file, _line("a", 1.0), _line("b", 2.0, extra="torn"), _line("c", 3.0))
    _write(file, _line("a", 9.0, event="CHAN_END"), ["a", "b", "a"], ["", "", "a", "", "", ""])
    with file.open("a") as out:
        out.write('\n"HANGUP","no time","a","","",""\n"HANGUP","1e999","a","","",""\n')
    found = read_ends(file, ["a", "b"])
    assert found == {
        "a": End(from_epoch(1.0), 16, By.US),
        "b": End(from_epoch(2.0), None, By.US),
    }


def test_who_ended_it(tmp_path: Path) -> None:
    file = tmp_path / "ends.csv"
    sources = {
        "own": ("PJSIP/x-1", By.ITSELF),
        "others": ("PJSIP/y-2", By.OTHER),
        "dialplan": ("dialplan/builtin", By.US),
        "nobody": ("", By.US),
        "garbled": (["PJSIP/y-2"], By.US),
    }
    for uniqueid, (source, _) in sources.items():
        extra = json.dumps({"hangupcause": 16, "hangupsource": source})
        _write(file, _line(uniqueid, 1.0, extra=extra))
    found = read_ends(file, list(sources))
    assert {uniqueid: end.by for uniqueid, end in found.items()} == {
        uniqueid: by for uniqueid, (_, by) in sources.items()
    }


@settings(deadline=None)
@given(st.text(max_size=60), st.lists(st.sampled_from(["\n", '"', '""', ",", '","', "a"])))
@example('1\n"HANGUP","1.0","victim","PJSIP/x-1","victim","{}"\n', [])
@example('1"\n"HANGUP","1.0","victim","PJSIP/x-1","victim","{}"\n"', [])
def test_no_value_is_a_line_of_its_own(text: str, pieces: list[str]) -> None:
    """Whatever a channel's name or the details say, in quotes as Asterisk writes them."""
    hostile = text + "".join(pieces)
    for place in (3, 4, 5):
        row = _line("attacker", 1.0)
        row[place] = hostile
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "ends.csv"
            _write(file, row)
            assert "victim" not in read_ends(file, ["victim", "attacker"])


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_passed_over(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ends.csv"
        file.write_bytes(text + b'"HANGUP","","a","' + text)
        assert read_ends(file, ["a"]) == {}


def test_whether_the_agent_hung_up() -> None:
    def end(at: float, by: By) -> End:
        return End(from_epoch(at), 16, by)

    by_other, by_itself, by_us = (end(2.0, by) for by in (By.OTHER, By.ITSELF, By.US))
    assert hung_up_by_agent(by_other, None) is by_other
    assert hung_up_by_agent(by_itself, by_other) is None
    early, late = end(1.0, By.ITSELF), end(3.0, By.ITSELF)
    assert hung_up_by_agent(by_itself, early) is early  # while they were on hold
    assert hung_up_by_agent(by_us, early) is early
    assert hung_up_by_agent(by_itself, late) is None
    assert hung_up_by_agent(None, None) is None


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
    assert all(abs(to_epoch(at) - time.time()) < 30 for at, *_ in found.values())


async def _call(client: AmiClient) -> str:
    """A channel that is there for a moment; its uniqueid."""
    uniqueid = ids.new_id(ids.CHANNEL)
    await client.originate(
        Originate(channel="Local/busy@ends/n", channel_id=uniqueid, application="Wait", data="0.1")
    )
    return uniqueid
