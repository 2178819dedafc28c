"""``parley listen`` in a process of its own: piped, on a terminal, and as JSON."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import struct
import sys
import termios
from pathlib import Path

from acd.contact_states import ContactState
from core import process as processes
from tests.app.http.speech import Speech
from tests.app.http.test_cli import parley
from tests.support.wait import eventually
from tests.support.web import WebHouse

ANSI = re.compile(r"\x1b\[[0-9;]*m")


async def conversation(house: WebHouse) -> tuple[str, Speech]:
    contact_id = await house.connect("cards", "wang.fang")
    speech = Speech(house.live_log, contact_id)
    await speech.begins()
    await speech.says("agent", "您好，玉河银行。", partials=2)
    await speech.says("customer", "卡号是 •••• •••• •••• ••••。", partials=2)
    await speech.tell("sensitive.found", utterance="u2", spans=[[2.0, 4.0]], kinds=["card"])
    fact = {"kind": "card", "value": "••••1111", "valid": True, "confidence": 0.98}
    await speech.tell("facts.found", facts=[fact])
    await speech.tell("intent.recognised", intent="lost_card", confidence=0.85, alternatives=[])
    await speech.feels(0.3)
    await speech.feels(0.84, "emotion.crossed")
    return contact_id, speech


async def over(house: WebHouse, contact_id: str, speech: Speech) -> None:
    await speech.feels(0.5, "emotion.calmed")
    await speech.tell("hearing.degraded", level=1, reason="partials")
    await speech.ends()
    await house.medium.customer_hangs_up(contact_id)
    await house.contact_is(contact_id, ContactState.WRAP_UP)


async def test_piped_it_prints_finals_alerts_and_facts_only(web_house: WebHouse) -> None:
    contact_id, speech = await conversation(web_house)
    await over(web_house, contact_id, speech)
    status, out, err = await parley(web_house.state_dir, "listen", contact_id, "--language", "en")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert "\x1b" not in out
    assert not any("您好，玉" in line and "银行" not in line for line in lines)  # no partials
    said = [line.split(maxsplit=2)[1:] for line in lines]
    assert ["agent", "您好，玉河银行。"] in said
    assert ["customer", "卡号是 •••• •••• •••• ••••。"] in said
    assert ["customer", "fact: card ••••1111 ✓"] in said
    assert ["customer", "intent: lost_card (85%)"] in said
    alert = next(i for i, line in enumerate(lines) if "ALERT" in line)
    assert "████████░░" in lines[alert]
    assert "louder (+9 dB)" in lines[alert + 1]
    assert any("calmed" in line for line in lines[alert:])
    assert any("less is recognised: level 1 (partials)" in line for line in lines)
    assert lines[-1] == "The conversation is over."

    status, out, _ = await parley(web_house.state_dir, "listen", contact_id, "--language", "zh-CN")
    assert "告警：客户情绪激动" in out
    assert "与来电者最初20秒相比" in out
    assert "客户" in out
    assert out.splitlines()[-1] == "通话已结束。"


async def test_json_has_every_event_once_from_where_one_says(web_house: WebHouse) -> None:
    contact_id, speech = await conversation(web_house)
    await over(web_house, contact_id, speech)
    status, out, err = await parley(
        web_house.state_dir, "listen", contact_id, "--after", "5", "--json"
    )
    events = [json.loads(line) for line in out.splitlines()]
    numbers = [event["data"]["n"] for event in events]
    assert status == 0
    assert err in ("通话已结束。\n", "The conversation is over.\n")
    assert numbers == list(range(6, numbers[-1] + 1))
    assert events[-1]["type"] == "hearing.stopped"


async def test_who_can_be_listened_to(web_house: WebHouse) -> None:
    status, out, _ = await parley(web_house.state_dir, "listen", "--language", "en")
    assert (status, out) == (0, "Nobody is in conversation.\n")
    contact_id, _ = await conversation(web_house)
    await web_house.customer("loans")

    async def written() -> bool:
        await web_house.web.moods.refresh()
        row = web_house.web.moods.rows.get(contact_id)
        return row is not None and row["tense"]

    await eventually(written, "the row is written")
    status, out, _ = await parley(web_house.state_dir, "listen", "--language", "en")
    head, line = out.splitlines()
    assert head.split()[0] == "CONTACT"
    assert line.split()[0] == contact_id
    assert "talking" in line
    assert "█" in line
    assert line.endswith("0.85 !")
    status, out, _ = await parley(web_house.state_dir, "listen", "--json")
    assert [row["heard"]["tense"] for row in json.loads(out)] == [True]
    status, _, err = await parley(web_house.state_dir, "listen", "con_nobody")
    assert status == 2
    assert "con_nobody" in err


class Terminal:
    """The other end of a pseudo-terminal of 80 columns."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.text = ""
        os.set_blocking(self.master, False)
        asyncio.get_running_loop().add_reader(self.master, self._read)

    def _read(self) -> None:
        try:
            self.text += os.read(self.master, 65536).decode(errors="replace")
        except OSError:
            asyncio.get_running_loop().remove_reader(self.master)

    async def shows(self, what: str) -> None:
        async def so() -> bool:
            return what in self.text

        await eventually(so, f"{what!r} on the terminal", seconds=30)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.master)


async def test_on_a_terminal_partials_are_written_over(web_house: WebHouse) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    speech = Speech(house.live_log, contact_id)
    await speech.begins()
    terminal = Terminal()
    environment = {
        **os.environ, "PARLEY_STATE_DIR": str(house.state_dir), "PYTHONUTF8": "1",
        "TERM": "xterm-256color",
    }  # fmt: skip
    environment.pop("PARLEY_CONFIG", None)
    process = await processes.spawn(
        [sys.executable, "-m", "app", "listen", contact_id, "--language", "en"],
        cwd=Path(__file__).parents[3], env=environment, stdout=terminal.slave,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.close(terminal.slave)
    await terminal.shows("is being listened to")
    await speech.feels(0.42)
    await terminal.shows("0.42")
    utterance = await speech.begins_to_say("customer", "我想查一下余额好吗")
    await terminal.shows("我想查一")
    await speech.tell("transcript.partial", utterance=utterance, text="很长" * 60)
    await terminal.shows("…")
    await speech.tell(
        "transcript.final", utterance=utterance, start=1.0, end=3.0, text="我想查一下余额。",
        words=[], language="zh", confidence=0.9, engine="whisper",
    )  # fmt: skip
    await terminal.shows("我想查一下余额。")
    await speech.tell(
        "facts.found", facts=[{"kind": "money", "value": "\x1b[2JCNY", "valid": None}]
    )
    await terminal.shows("amount")
    await over(house, contact_id, speech)
    await terminal.shows("The conversation is over.")
    assert await asyncio.wait_for(process.wait(), 20) == 0
    terminal.close()
    raw = terminal.text
    assert "\x1b[2J" not in raw
    assert "\x1b[36mcustomer\x1b[0m" in raw
    assert "\x1b[32magent\x1b[0m" in raw
    # A partial is on a line that is taken back; nothing that is taken back wraps.
    assert re.search(r"我想查一[^\n]*\r\x1b\[K", raw)
    for line in raw.split("\r\n"):
        last = ANSI.sub("", line.split("\r\x1b[K")[-1])
        assert "很长" not in last
