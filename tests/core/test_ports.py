"""Blocks of ports that neighbours never share."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.ports import PortBlock, PortTaken, is_free, require_free

ROOT = Path(__file__).parents[2]


@pytest.fixture
def taken() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_a_port_in_use_is_named_with_its_purpose(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    assert not is_free(port)
    with pytest.raises(PortTaken) as error:
        require_free(port, "the web page")
    assert str(port) in str(error.value)
    assert "the web page" in str(error.value)
    assert error.value.data == {"port": port, "purpose": "the web page"}
    taken.close()
    require_free(port, "the web page")


def test_tcp_and_udp_are_two_things(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            pytest.skip("the UDP port of the same number happens to be in use")
        assert not is_free(port, udp=True)
    assert is_free(port, udp=True)
    taken.close()


def test_blocks_do_not_overlap() -> None:
    blocks = [PortBlock.reserve() for _ in range(5)]
    try:
        ranges = [range(b.first, b.first + PortBlock.SIZE) for b in blocks]
        assert len({port for r in ranges for port in r}) == 5 * PortBlock.SIZE
        assert all(r.stop <= 32768 for r in ranges)
    finally:
        for block in blocks:
            block.release()


def test_ports_of_a_block_are_free_and_different() -> None:
    block = PortBlock.reserve()
    try:
        first = block.take()
        with socket.create_server(("127.0.0.1", first + 1)):
            ports = [first, *(block.take() for _ in range(20))]
        assert first + 1 not in ports
        assert len(set(ports)) == len(ports)
        low, high = block.rtp_range
        assert high - low + 1 == PortBlock.RTP
        assert all(block.first <= port < low for port in ports)
        assert high < block.first + PortBlock.SIZE
    finally:
        block.release()


def test_a_block_has_an_end() -> None:
    block = PortBlock.reserve()
    try:
        for _ in range(PortBlock.SIZE - PortBlock.RTP):
            block.take()
    except PortTaken:  # neighbours without blocks use some of them
        pass
    try:
        with pytest.raises(PortTaken):
            block.take()
    finally:
        block.release()


def test_another_process_gets_another_block_and_a_killed_one_gives_it_back() -> None:
    program = (
        "import sys; from core.ports import PortBlock; b = PortBlock.reserve();"
        "print(b.first, flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    held = int(child.stdout.readline())
    mine = PortBlock.reserve()
    try:
        assert mine.first != held
    finally:
        mine.release()
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    blocks = []
    try:
        while True:
            blocks.append(PortBlock.reserve())
            if blocks[-1].first >= held:
                break
        # It is ours now, unless a neighbouring test run was quicker.
        assert blocks[-1].first >= held
    finally:
        for block in blocks:
            block.release()
