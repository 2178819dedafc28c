"""Somebody who guesses SIP passwords, from an address of the loopback network."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.support.raw_sip import RawSip


class Guesser:
    """Sends REGISTERs with wrong passwords from ``address``."""

    def __init__(self, port: int, address: str) -> None:
        self.port = port
        self.address = address

    async def guess(self, account: str, times: int) -> Counter[int]:
        """Guess that often, one after the other; the last answers, counted. 0: none."""
        answers: Counter[int] = Counter()
        async with RawSip(self.port, self.address) as peer:
            for number in range(times):
                try:
                    answer = await peer.request(
                        "REGISTER", account, from_user=account, login=(account, f"guess{number}"),
                        seconds=2.0,
                    )  # fmt: skip
                    answers[answer.status] += 1
                except TimeoutError:
                    answers[0] += 1
        return answers

    async def until_refused(self, account: str, most: int) -> int:
        """Guess until the address is refused; how many guesses that took."""
        for number in range(most):
            if (await self.guess(account, 1))[403]:
                return number
            await asyncio.sleep(0)
        raise AssertionError(f"{self.address} was never refused in {most} guesses")
