"""Ask what a leg has sent us so far."""

from __future__ import annotations

from dataclasses import dataclass

from sip.ami import AmiClient
from sip.verbs.refusal import refusals


@dataclass(frozen=True, slots=True)
class Received:
    """``packets`` of RTP that came, and whether a report on what we send did (RTCP)."""

    packets: int
    reports: bool

    @property
    def nothing(self) -> bool:
        """Whether neither came."""
        return self.packets == 0 and not self.reports


async def received(ami: AmiClient, channel: str) -> Received | None:
    """What came on ``channel`` since it was answered; None where Asterisk does not count
    (no RTP)."""
    with refusals(channel):
        answer = await ami.action("Getvar", {"Channel": channel, "Variable": "CHANNEL(rtcp,all)"})
    pairs = (pair.partition("=") for pair in answer.get("Value").split(";"))
    values = {name.strip(): value.strip() for name, _, value in pairs}
    packets = values.get("rxcount", "")
    if not packets.isdigit():
        return None
    # The quality (MES) of what we send is known from the other side's reports only.
    return Received(int(packets), values.get("rxmes", "").strip("0.") != "")
