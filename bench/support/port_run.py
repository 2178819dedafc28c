"""Blocks of ports side by side, for more audio ports than one block has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.ports import PortBlock


@contextmanager
def port_run(blocks: int) -> Iterator[tuple[int, int]]:
    """First and last port of ``blocks`` neighbouring blocks, held meanwhile.

    Raises :class:`~core.ports.PortTaken` if there is no such run.
    """
    run: list[PortBlock] = []
    others: list[PortBlock] = []
    try:
        while len(run) < blocks:
            block = PortBlock.reserve()
            if run and block.first != run[-1].first + PortBlock.SIZE:
                others += run
                run = []
            run.append(block)
        while others:
            others.pop().release()
        yield run[0].first, run[-1].first + PortBlock.SIZE - 1
    finally:
        for block in (*run, *others):
            block.release()
