"""The texts of flows, spoken: ahead where they are the same for everybody, else clause by
clause while the caller listens.

A text that cannot be spoken, or not in time, costs its sound and never the call: its
fallback is said instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from functools import partial
from pathlib import Path

from app.calls.sounds import Sounds
from config.model import Settings
from config.synthesis import Synthesis
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from ivr.conversation import Speech
from ivr.flow import Flow
from media.synthesis import engines
from media.synthesis.cache import SpeechCache
from media.synthesis.contract import Synthesizer
from media.synthesis.lexicon import Lexicon
from media.synthesis.place import cache_folder
from media.synthesis.speaker import Speaker

log = get_logger(__name__)

_LATER_SECONDS = 20.0
"""For a clause that is not the first: the caller has heard something meanwhile."""
_DAY = 86400.0


class SpokenTexts:
    """``synthesizer`` None: every text has its fallback."""

    def __init__(
        self, section: Synthesis, sounds: Sounds, synthesizer: Synthesizer | None,
        cache: SpeechCache | None = None,
    ) -> None:  # fmt: skip
        self._section = section
        self._sounds = sounds
        self._synthesizer = synthesizer
        self._cache = cache
        self._tasks = TaskOwner("spoken")
        self.ready = asyncio.Event()
        """Set when all that could be spoken ahead is."""

    @classmethod
    def of(cls, settings: Settings, sounds: Sounds) -> SpokenTexts:
        """As ``settings`` say. Raises :class:`~media.synthesis.errors.BadLexicon`."""
        section = settings.synthesis
        if not section.enabled:
            return cls(section, sounds, None)
        cache = SpeechCache(cache_folder(settings), limit=section.cache_megabytes << 20)
        lexicon = Lexicon.read(section.lexicon) if section.lexicon else None
        return cls(section, sounds, Speaker(cache, lexicon), cache)

    def start(self, flows: Mapping[str, Flow]) -> None:
        """Speak ahead what flows say to everybody; it takes its time, beside the calls."""
        texts = dict.fromkeys(_fixed(flows.values()))
        self._tasks.start(self._ahead(list(texts)), name="ahead")
        if self._cache is not None:
            self._tasks.keep(partial(self._forget, self._cache), name="forget")

    async def close(self) -> None:
        """End what is on its way, and the engines' process."""
        await self._tasks.close()
        if self._synthesizer is not None:
            await self._synthesizer.close()

    def says(self, language: str) -> bool:
        """Whether texts in ``language`` can be spoken, as far as one can tell without
        trying."""
        if self._synthesizer is None:
            return False
        try:
            engines.choose(engines.available(), language, self._voice(language))
        except ParleyError:
            return False
        return True

    async def files(self, speech: Speech, language: str) -> AsyncGenerator[str, None]:
        """What to play, one after the other: paths without extension."""
        spoken = speech.language or language
        said = False
        try:
            async with aclosing(self._clips(speech.text(language), spoken)) as clips:
                async for clip in clips:
                    said = True
                    yield str(clip.with_suffix(""))
        except (ParleyError, TimeoutError) as error:
            code = error.code if isinstance(error, ParleyError) else "too_late"
            log.warning("ivr.text_not_spoken", code=code, language=spoken, partly=said)
            if not said:
                for phrase in speech.fallback:
                    yield self._sounds.sound(phrase.id, phrase.language or language)

    async def _clips(self, text: str, language: str) -> AsyncGenerator[Path, None]:
        if self._synthesizer is None:
            raise ParleyError("Synthesis is switched off.")
        clips = self._synthesizer.clips(
            text, language=language, voice=self._voice(language), speed=self._section.speed
        )
        seconds = self._section.first_seconds
        while True:
            try:
                async with asyncio.timeout(seconds):
                    clip = await anext(clips)
            except StopAsyncIteration:
                return
            yield clip
            seconds = _LATER_SECONDS

    def _voice(self, language: str) -> str | None:
        return self._section.voices.get(language.partition("-")[0])

    async def _ahead(self, texts: list[tuple[str, str]]) -> None:
        """One after the other: a caller's own text waits for one clause at most."""
        failed: dict[str, int] = {}
        synthesizer = self._synthesizer
        if synthesizer is None:
            self.ready.set()
            return
        for text, language in texts:
            try:
                await synthesizer.file(
                    text, language=language, voice=self._voice(language),
                    speed=self._section.speed,
                )  # fmt: skip
            except ParleyError as error:
                failed[error.code] = failed.get(error.code, 0) + 1
        if failed:
            log.error("synthesis.not_ahead", texts=len(texts), failed=failed)
        elif texts:
            log.info("synthesis.ahead", texts=len(texts))
        self.ready.set()

    async def _forget(self, cache: SpeechCache) -> None:
        while True:
            gone = await asyncio.to_thread(cache.forget_unused, self._section.cache_days)
            if gone:
                log.info("synthesis.forgotten", files=gone)
            await asyncio.sleep(_DAY)


def _fixed(flows: Iterable[Flow]) -> Iterator[tuple[str, str]]:
    """Every text without variables of ``flows``, and its language."""
    for flow in flows:
        for node in flow.nodes.values():
            for spec in node.spoken():
                if spec.say is None or spec.variables():
                    continue
                speech = spec.resolve({})
                assert isinstance(speech, Speech)
                for language in (spec.language,) if spec.language else flow.languages:
                    if text := speech.text(language):
                        yield text, language
