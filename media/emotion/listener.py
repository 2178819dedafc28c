"""Frames in, readings out: stream and tracker of one leg in one object."""

from __future__ import annotations

from media.emotion.calibration import SiteCalibration
from media.emotion.fusion import Sentiment
from media.emotion.leg_policy import Leg
from media.emotion.model import Model
from media.emotion.stream import Window, WindowStream
from media.emotion.tracker import EmotionTracker, Reading
from media.tones import Samples


class EmotionListener:
    """For one leg, one thread. CPU work, 3 ms for a second of speech: in a media worker,
    not on the event loop. Raises what :class:`EmotionTracker` raises."""

    def __init__(
        self,
        calibration: SiteCalibration | None = None,
        *,
        model: Model | None = None,
        leg: Leg = Leg.CUSTOMER,
        worker_emotion_allowed_by: str = "",
    ) -> None:
        self.tracker = EmotionTracker(
            calibration,
            model=model,
            leg=leg,
            worker_emotion_allowed_by=worker_emotion_allowed_by,
        )
        self._stream = WindowStream()

    def feed(self, frame: Samples | bytes, *, speech: bool | None = None) -> list[Reading]:
        """Take 20 ms at 8 kHz, as :meth:`WindowStream.feed` does; raises BadFrame."""
        return self._read(self._stream.feed(frame, speech=speech))

    def hear(self, sentiment: Sentiment) -> Reading:
        """Take what the words of the utterance just recognised say."""
        return self.tracker.hear(sentiment, at=self._stream.seconds)

    def close(self) -> list[Reading]:
        """The rest, when the leg ends; the site learns from the call."""
        rest = self._read(self._stream.flush())
        self.tracker.finish()
        return rest

    def _read(self, windows: list[Window]) -> list[Reading]:
        return [r for window in windows if (r := self.tracker.take(window)) is not None]
