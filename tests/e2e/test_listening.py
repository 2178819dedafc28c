"""Everything that ``parley up`` starts listens on what is configured, and on nothing else."""

from __future__ import annotations

import socket

import psutil
import pytest

from tests.support.embedded import UpFactory


@pytest.mark.timeout(300)
async def test_every_listening_socket_is_a_declared_one(parley_up: UpFactory) -> None:
    up = await parley_up(**{"server.valkey_port": "0"})  # as it is unless told otherwise
    await up.wait_started(150)
    found = set()
    for process in up.family():
        for each in process.net_connections("inet"):
            datagrams = int(each.type) == socket.SOCK_DGRAM
            if each.status == psutil.CONN_LISTEN or (
                datagrams and not tuple[object, ...](each.raddr)
            ):
                protocol = "udp" if datagrams else "tcp"
                found.add((protocol, each.laddr.ip, each.laddr.port))
    ports = {name: int(value) for name, value in up.ports.items() if name.endswith("port")}
    assert found == {
        ("tcp", "127.0.0.1", ports["server.web.port"]),
        ("tcp", "127.0.0.1", ports["server.fastagi.port"]),
        ("tcp", "127.0.0.1", ports["server.asterisk.ami_port"]),
        ("tcp", "127.0.0.1", ports["sip.port"]),
        ("udp", "127.0.0.1", ports["sip.port"]),
    }
    assert (await up.parley("events")).status == 0
