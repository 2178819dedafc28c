"""Vosk's own list of its models: name, language, size, checksum, address.

Fetched anew each time: the project publishes it as JSON beside the models.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from media.models.errors import DownloadFailed, ModelMissing

LIST_URL = "https://alphacephei.com/vosk/models/model-list.json"
_SECONDS = 20
_MOST_BYTES = 4 << 20


@dataclass(frozen=True)
class Offer:
    """One model that can be installed. ``size`` is of the archive, in bytes."""

    name: str
    language: str
    language_name: str
    kind: str
    size: int
    md5: str
    url: str
    obsolete: bool


async def offers(url: str = LIST_URL) -> list[Offer]:
    """What is offered now, without what is obsolete; raises DownloadFailed."""
    try:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            answer.raise_for_status()
            raw = json.loads(await answer.content.read(_MOST_BYTES))
        found = [_offer(entry) for entry in raw]
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise DownloadFailed(
            f"The list of models at {url} could not be fetched: {error or type(error).__name__}.",
            hint="Without network: unpack a model elsewhere, bring the folder here, and "
            "parley models install FOLDER",
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadFailed(
            f"The list of models at {url} cannot be understood: {error}."
        ) from None
    return [offer for offer in found if not offer.obsolete]


async def offer_of(name: str, url: str = LIST_URL) -> Offer:
    """The offer of that name; for a bare language (``de``) its small model. Raises
    ModelMissing, DownloadFailed."""
    all_ = await offers(url)
    for offer in all_:
        if offer.name == name:
            return offer
    small = [o for o in all_ if o.language.split("-")[0] == name and o.kind == "small"]
    if small:
        return small[0]
    raise ModelMissing(
        f"No model called {name!r} is offered.", hint="See: parley models list --all"
    )


def _offer(entry: dict[str, Any]) -> Offer:
    return Offer(
        name=str(entry["name"]), language=str(entry["lang"]),
        language_name=str(entry.get("lang_text", entry["lang"])),
        kind=str(entry.get("type", "")), size=int(entry["size"]), md5=str(entry["md5"]).lower(),
        url=str(entry["url"]), obsolete=str(entry.get("obsolete", "false")).lower() == "true",
    )  # fmt: skip
