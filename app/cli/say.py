"""``parley say``: what a text sounds like on the telephone."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import click
import numpy as np

from app.cli.options import config_option, json_option
from config.load import load
from core.log import configure_logging
from media import wav
from media.synthesis.cache import SpeechCache
from media.synthesis.lexicon import Lexicon
from media.synthesis.place import cache_folder
from media.synthesis.speaker import Speaker


@click.command()
@click.argument("text")
@click.option("--language", help="zh-CN or en; default: the one of TEXT's characters.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The wav file.")
@click.option("--voice", help="Another voice than the language's first.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="0.5 to 2.")
@click.option("--rate", type=click.Choice(["8000", "16000"]), default="8000", show_default=True)
@click.option("--lexicon", type=click.Path(path_type=Path), help="How names are spoken (YAML).")
@json_option
@config_option
def say(
    text: str, language: str | None, out: Path, voice: str | None, speed: float, rate: str,
    lexicon: Path | None, as_json: bool, config_path: Path | None,
) -> None:  # fmt: skip
    """Speak TEXT into a wav file. What was spoken before comes from the cache."""
    configure_logging("error", pretty=True)
    cache = SpeechCache(cache_folder(load(config_path).settings))
    spoken = language or _language(text)
    hertz = int(rate)
    began = time.monotonic()
    first = 0.0

    async def run() -> list[np.ndarray[tuple[int, ...], np.dtype[np.int16]]]:
        nonlocal first
        speaker = Speaker(cache, Lexicon.read(lexicon) if lexicon else None)
        chunks = []
        try:
            async for chunk in speaker.stream(
                text, language=spoken, voice=voice, speed=speed, rate=hertz
            ):
                first = first or time.monotonic() - began
                chunks.append(chunk)
        finally:
            await speaker.close()
        return chunks

    sound = np.concatenate(asyncio.run(run()))
    took = time.monotonic() - began
    wav.write(out, sound, rate=hertz)
    facts = {
        "file": str(out), "language": spoken, "seconds": round(len(sound) / hertz, 2),
        "rate": hertz, "first_audio_seconds": round(first, 3), "took_seconds": round(took, 3),
        "clauses_from_cache": cache.hits, "clauses_spoken": cache.misses,
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(
        f"{out}: {facts['seconds']} s of speech ({spoken}, {rate} Hz) in {took:.2f} s, "
        f"the first after {first:.2f} s; {cache.hits} clauses from the cache, "
        f"{cache.misses} spoken."
    )


def _language(text: str) -> str:
    return "zh-CN" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
