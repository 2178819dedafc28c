"""What Asterisk listens on is exactly what was configured, on the configured address."""

from __future__ import annotations

import socket
import subprocess
import sys

import psutil
import pytest

from sip.asterisk.strays import close_strays, strays
from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.raw_sip import RawSip
from tests.support.wait import until

Sockets = set[tuple[str, str, int]]


def listening(pid: int) -> Sockets:
    """Protocol, address and port of everything that takes packets from anybody."""
    found: Sockets = set()
    for each in psutil.Process(pid).net_connections("inet"):
        if int(each.type) == socket.SOCK_DGRAM and not tuple[object, ...](each.raddr):
            found.add(("udp", each.laddr.ip, each.laddr.port))
        elif each.status == psutil.CONN_LISTEN:
            found.add(("tcp", each.laddr.ip, each.laddr.port))
    return found


def declared(asterisk: ParleyAsterisk) -> Sockets:
    sip = asterisk.settings.sip
    return {
        ("udp", sip.bind, sip.port), ("tcp", sip.bind, sip.port),
        ("tcp", "127.0.0.1", asterisk.manager_port),
    }  # fmt: skip


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.0.0.9"])
async def test_nothing_listens_that_is_not_configured(
    parley_asterisk: ParleyAsteriskFactory, bind: str
) -> None:
    asterisk = await parley_asterisk({"sip.bind": bind})
    pid = int(asterisk.layout.folders.pid_file.read_text())
    assert listening(pid) == declared(asterisk)
    await asterisk.instance.rx("module reload res_pjsip.so")
    assert listening(pid) == declared(asterisk)


async def test_audio_is_on_the_configured_address_too(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    pid = int(asterisk.layout.folders.pid_file.read_text())
    sip = asterisk.settings.sip
    login = ("demo-carrier", asterisk.trunk_password("demo-carrier"))
    async with RawSip.to(asterisk.sip_port) as peer:
        answer = await peer.request("INVITE", "4001", login=login, stay=True)
        assert answer.status == 200
        audio = listening(pid) - declared(asterisk)
        assert len(audio) >= 2, "sound and its reports (RTCP)"
        assert {address for _, address, _ in audio} == {sip.bind}
        assert all(sip.rtp_first <= port <= sip.rtp_last + 1 for _, _, port in audio)
        peer.hang_up()
        await until(lambda: listening(pid) == declared(asterisk) or None, 20, "the end of it")


def test_a_stray_socket_takes_nothing_from_anybody() -> None:
    """A child that is bound to every address, as PJSIP's DNS client is."""
    program = (
        "import socket, sys\n"
        "s = [socket.socket(f, socket.SOCK_DGRAM) for f in (socket.AF_INET, socket.AF_INET6)]\n"
        "s[1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)\n"
        "[each.bind(('', 0)) for each in s]\n"
        "print(*[each.getsockname()[1] for each in s], flush=True)\n"
        "s[0].settimeout(1)\n"
        "sys.stdin.readline()\n"
        "try: print('got', s[0].recv(100), flush=True)\n"
        "except TimeoutError: print('nothing', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        ports = [int(port) for port in child.stdout.readline().split()]
        assert close_strays(child.pid, declared=[ports[1]]) == 1
        assert [stray.port for stray in strays(child.pid)] == [ports[1]]
        assert close_strays(child.pid, declared=[]) == 1
        assert list(strays(child.pid)) == []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"x", ("127.0.0.1", ports[0]))
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == "nothing\n"
        assert close_strays(child.pid, declared=[]) == 0
