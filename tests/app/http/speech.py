"""A conversation as the hearing of a call would tell it, without a call."""

from __future__ import annotations

from typing import Any

from app.hearing.live_log import LiveLog

REASONS = [{"code": "louder", "amount": 9.0}, {"code": "faster", "amount": 1.2}]
TEXT = {
    "zh": "与来电者最初20秒相比：更大声（+9分贝）、语速更快（+1音节/秒）；用词：“投诉”、“第三次”",
    "en": "louder (+9 dB) and faster (+1 syllables/s) than in the caller's first 20 s; "
    "words: “投诉”, “第三次”",
}


class Speech:
    """Appends to the live log of one contact; times go on by themselves."""

    def __init__(self, live_log: LiveLog, contact_id: str, *, agent_id: str = "wang.fang") -> None:
        self.log = live_log
        self.contact_id = contact_id
        self.agent_id = agent_id
        self.at = 0.0
        self._utterances = 0

    async def tell(self, type_: str, leg: str = "customer", **data: Any) -> int:
        """One event of ``leg``; its number."""
        self.at = round(self.at + 0.4, 2)
        agent = self.agent_id if leg == "agent" else None
        data = {"leg": leg, "leg_id": f"leg_{leg}", "at": self.at, **data}
        return await self.log.append(self.contact_id, type_, data, agent_id=agent)

    async def begins(self) -> None:
        """Both legs are heard."""
        for leg in ("customer", "agent"):
            await self.tell("hearing.started", leg)

    async def says(self, leg: str, text: str, *, partials: int = 1, language: str = "zh") -> str:
        """An utterance that grows and is final; its id."""
        utterance = await self.begins_to_say(leg, text, partials=partials)
        start = self.at
        self.at += 1.6
        words = [[start, start + 1.0, text, 0.9]]
        await self.tell(
            "transcript.final", leg, utterance=utterance, start=start, end=self.at, text=text,
            words=words, language=language, confidence=0.9, engine="whisper",
        )  # fmt: skip
        await self.tell("turn.ended", leg, start=start, end=self.at)
        return utterance

    async def begins_to_say(self, leg: str, text: str, *, partials: int = 1) -> str:
        """An utterance that goes on; its id."""
        self._utterances += 1
        utterance = f"u{self._utterances}"
        await self.tell("turn.started", leg, start=self.at)
        for part in range(1, partials + 1):
            heard = text[: max(1, len(text) * part // (partials + 1))]
            await self.tell("transcript.partial", leg, utterance=utterance, text=heard)
        return utterance

    async def feels(self, score: float, type_: str = "emotion.read") -> int:
        """A reading of the customer, or a crossing."""
        tense = type_ == "emotion.crossed" or (type_ == "emotion.read" and score >= 0.7)
        reasons, text = (REASONS, TEXT) if tense else ([], {"zh": "", "en": ""})
        words = ["投诉", "第三次"] if tense else []
        return await self.tell(
            type_, score=score, tense=tense, arousal=0.4, voice=0.6, words_part=0.3,
            reasons=reasons, words=words, text=text,
        )  # fmt: skip

    async def ends(self) -> None:
        """No leg is heard any more."""
        for leg in ("customer", "agent"):
            await self.tell("hearing.stopped", leg, reason="parted")
