"""What a network says of a caller is clean before anything else runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from config.load import SAMPLE, load
from config.secrets import Secrets
from sip.agi import AgiServer, AgiSession, verbs
from sip.asterisk.folders import InstanceFolders
from sip.asterisk.generate.caller_plan import CLEAN
from sip.asterisk.generate.text import MOST_DIGITS
from sip.asterisk.generate.write import render
from sip.asterisk.layout import AsteriskLayout
from sip.asterisk.programs import Programs
from tests.support.conf_reader import read_conf
from tests.support.hostile_sip import Hostile, HostileTrunk, escaped
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory

PLACES = (
    "CALLERID(num)", "CALLERID(name)", "CALLERID(ani-num)", "CALLERID(ani-name)",
    "CALLERID(subaddr)", "CALLERID(tag)", "CALLERID(dnid)", "CALLERID(rdnis)",
    "REDIRECTING(from-num)", "REDIRECTING(from-name)", "REDIRECTING(orig-num)",
    "REDIRECTING(orig-name)", "REDIRECTING(to-num)", "REDIRECTING(to-name)",
    "CONNECTEDLINE(num)", "CONNECTEDLINE(name)", "PARLEY_NUMBER",
)  # fmt: skip
CLEAN_NUMBER = re.compile(r"[0-9A-Za-z+*#._;=-]{0,40}")
CLEAN_NAME = re.compile(r"[^\x00-\x1f\x7f]{0,80}")


class Seen:
    """The app's side: what it finds on each channel."""

    def __init__(self) -> None:
        self.visits: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def serve(self, session: AgiSession) -> None:
        found = dict(session.env)
        for place in PLACES:
            found[place] = await verbs.get_full_variable(session, f"${{{place}}}") or ""
        await verbs.set_variable(session, "PARLEY_NEXT", "hangup")
        await verbs.set_variable(session, "PARLEY_CAUSE", 21)
        self.visits.put_nowait(found)

    async def call(self, asterisk: ParleyAsterisk, what: Hostile) -> dict[str, str]:
        login = asterisk.trunk_password("demo-carrier")
        async with HostileTrunk(asterisk.sip_port, "demo-carrier", login) as trunk:
            await trunk.say(what, seconds=20)
        return await asyncio.wait_for(self.visits.get(), 20)


Place = tuple[ParleyAsterisk, Seen]


@pytest_asyncio.fixture
async def place(parley_asterisk: ParleyAsteriskFactory) -> AsyncIterator[Place]:
    """An Asterisk, and the app's side of it."""
    asterisk = await parley_asterisk()
    seen = Seen()
    where = asterisk.settings.server.fastagi
    routes = dict.fromkeys(("entrance", "unknown"), seen.serve)
    server = AgiServer(where.host, where.port, routes, secret=asterisk.agi_secret)
    await server.start()
    yield asterisk, seen
    await server.close()


def _assert_clean(found: dict[str, str]) -> None:
    for place, value in found.items():
        allowed = CLEAN_NAME if "name" in place else CLEAN_NUMBER
        if "(" in place:
            assert allowed.fullmatch(value), (place, value)
        assert not re.search(r"[\x00-\x1f\x7f]", value), (place, value)


def test_patterns_take_digits_and_nothing_else(tmp_path: Path, programs: Programs) -> None:
    """Asterisk's '.' and '!' take any character; and a call that comes in is cleaned first."""
    settings = load(SAMPLE, environ={}).settings
    layout = AsteriskLayout(InstanceFolders(tmp_path), programs)
    text = render(settings, Secrets(tmp_path, environ={}), layout)["extensions.conf"]
    first_steps = []
    for section, pairs in read_conf(text):
        for key, value in pairs:
            if key == "exten":
                extension, _, step = value.partition(",1")
                if step.startswith(",Hangup("):
                    continue  # it takes nothing but leave of who comes there
                assert not re.search(r"[.!\]]?[.!]$", extension), (section, extension)
                if section.startswith("from-trunk-"):
                    first_steps.append(step)
    assert first_steps
    assert set(first_steps) == {f",{CLEAN}"}
    assert any(route.pattern.endswith(".") for route in settings.routes.values())


HOSTILE = (
    "1\r\n\r\nEvent: Hangup\r\nUniqueid: 1.5\r\nX: y",
    "1\nagi_uniqueid: 1.5",
    "${SHELL(id)}",
    '1","2")&Dial(PJSIP/6001',
    "1;npdi;rn=+4930",
    ")(:0:1",
    "\x00\x01\x1b[31m",
    "9" * 300,
)


async def test_every_place_of_a_caller_is_clean(place: Place) -> None:
    asterisk, seen = place
    for text in HOSTILE:
        user = escaped(text)
        for what in (
            Hostile(user=user, to="4001"),
            Hostile(headers=(f"P-Asserted-Identity: <sip:{user}@x>",), to="4001"),
            Hostile(headers=(f"Remote-Party-ID: <sip:{user}@x>;party=calling",), to="4001"),
            Hostile(headers=(f"Diversion: <sip:{user}@x>;reason=unconditional",), to="4001"),
            Hostile(display='"a\rb\tc\\"d" ', to="4001"),
        ):
            _assert_clean(await seen.call(asterisk, what))


async def test_names_and_numbers_that_are_in_order_stay(place: Place) -> None:
    asterisk, seen = place
    for number, name in (
        ("13800000001", "王芳"), ("+493012345", "Jürgen (Büro), 2. OG"), ("*43#", "O'Neil & Co"),
    ):  # fmt: skip
        found = await seen.call(
            asterisk, Hostile(user=number.replace("#", "%23"), display=f'"{name}" ', to="4001")
        )
        assert (found["CALLERID(num)"], found["CALLERID(name)"]) == (number, name)
        assert (found["callerid"], found["calleridname"]) == (number, name)


async def test_a_dialled_number_has_digits_only(place: Place) -> None:
    asterisk, seen = place
    found = await seen.call(asterisk, Hostile(to="9" * MOST_DIGITS))
    assert found["PARLEY_NUMBER"] == "9" * MOST_DIGITS
    login = asterisk.trunk_password("demo-carrier")
    async with HostileTrunk(asterisk.sip_port, "demo-carrier", login) as trunk:
        for text in ("9" * (MOST_DIGITS + 1), "4001\r\n\r\nEvent: X", "9\nx", "9,1", "s", "${X}"):
            assert (await trunk.say(Hostile(to=escaped(text)))).status == 404
    assert seen.visits.empty()
