"""Bringing a model into the model folder: from the network, an archive, or a folder.

Everything is prepared under a hidden name in the same folder and renamed at the end: a
model is there whole or is not there.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import aiohttp

from media.errors import DiskFailed
from media.models.errors import DownloadFailed, ModelDamaged, ModelMissing, NotAModel
from media.models.model import Model
from media.models.official import Offer
from media.models.store import recognise

_BLOCK = 1 << 18
_STALLED_SECONDS = 30
_MOST_FILES = 10_000
_MOST_GROWTH = 20  # times that an archive may grow by unpacking

Progress = Callable[[int, int], None]
"""Told the bytes that are here and those there will be."""


async def download(
    offer: Offer, folder: Path, *, progress: Progress = lambda done, all_: None
) -> Model:
    """Fetch and install; raises DownloadFailed, ModelDamaged for a wrong checksum,
    NotAModel, DiskFailed. What was fetched before a failure is removed."""
    archive = folder / f".{offer.name}.zip.part"
    try:
        await asyncio.to_thread(_room, folder, offer.size * 3)
        await _fetch(offer, archive, progress)
        return await asyncio.to_thread(unpack, archive, folder, offer.name)
    except OSError as error:
        raise _disk(folder, error) from error
    finally:
        archive.unlink(missing_ok=True)


async def _fetch(offer: Offer, archive: Path, progress: Progress) -> None:
    timeout = aiohttp.ClientTimeout(total=None, connect=20, sock_read=_STALLED_SECONDS)
    hasher = hashlib.md5(usedforsecurity=False)  # what the list has: against damage only
    done = 0
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(offer.url) as answer,
        ):
            answer.raise_for_status()
            with archive.open("wb") as out:
                async for block in answer.content.iter_chunked(_BLOCK):
                    hasher.update(block)
                    await asyncio.to_thread(out.write, block)
                    done += len(block)
                    progress(done, offer.size)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DownloadFailed(
            f"{offer.url} could not be fetched: {error or type(error).__name__}.",
            hint="Try again; what was fetched was removed.",
        ) from None
    if hasher.hexdigest() != offer.md5:
        raise ModelDamaged(
            f"{offer.name} arrived damaged: its checksum is {hasher.hexdigest()}, "
            f"{offer.md5} was expected.",
            hint="Try again; nothing was installed.",
        )


def unpack(archive: Path, folder: Path, name: str) -> Model:
    """Install a zip archive (blocking). Raises NotAModel, ModelDamaged, DiskFailed."""
    prepared = folder / f".{name}.part"
    shutil.rmtree(prepared, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as zipped:
            entries = zipped.infolist()
            size = sum(entry.file_size for entry in entries)
            if len(entries) > _MOST_FILES or size > _MOST_GROWTH * archive.stat().st_size + _BLOCK:
                raise NotAModel(f"{archive.name} is no model: it unpacks to {size} bytes.")
            _room(folder, size)
            zipped.extractall(prepared)  # which keeps every name inside
        inside = [path for path in prepared.iterdir() if path.name != "__MACOSX"]
        top = inside[0] if len(inside) == 1 and inside[0].is_dir() else prepared
        return _adopt(top, folder, name)
    except zipfile.BadZipFile as error:
        raise ModelDamaged(f"{archive.name} is no whole zip archive: {error}.") from None
    except OSError as error:
        raise _disk(folder, error) from error
    finally:
        shutil.rmtree(prepared, ignore_errors=True)


def from_folder(source: Path, folder: Path) -> Model:
    """Copy a model's folder, or unpack an archive (blocking). Raises NotAModel,
    ModelDamaged, DiskFailed."""
    if source.is_file():
        return unpack(source, folder, source.stem)
    recognise(source).check()
    prepared = folder / f".{source.name}.part"
    try:
        shutil.rmtree(prepared, ignore_errors=True)
        _room(folder, sum(f.stat().st_size for f in source.rglob("*") if f.is_file()))
        shutil.copytree(source, prepared)
        return _adopt(prepared, folder, source.name)
    except OSError as error:
        raise _disk(folder, error) from error
    finally:
        shutil.rmtree(prepared, ignore_errors=True)


def remove(name: str, folder: Path) -> int:
    """Delete an installed model (blocking); returns the bytes that became free. Raises
    ModelMissing for one that is not in the folder: bundled ones belong to packages."""
    place = folder / name
    if not name or Path(name).name != name or name.startswith(".") or not place.is_dir():
        raise ModelMissing(
            f"No model {name!r} is in {folder}.",
            hint="Models that come with Python packages are removed with their package.",
        )
    size = sum(f.stat().st_size for f in place.rglob("*") if f.is_file())
    shutil.rmtree(place)
    return size


def _adopt(prepared: Path, folder: Path, name: str) -> Model:
    """Check what was prepared and give it its name, in place of an older one."""
    recognise(prepared).check()
    place, older = folder / name, folder / f".{name}.old"
    shutil.rmtree(older, ignore_errors=True)
    if place.exists():
        place.rename(older)
    prepared.rename(place)
    shutil.rmtree(older, ignore_errors=True)
    return recognise(place)


def _room(folder: Path, needed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFailed(
            f"{needed >> 20} MB are needed in {folder}, {free >> 20} MB are free.",
            hint="Make room, or set server.state_dir to a larger disk.",
        )


def _disk(folder: Path, error: OSError) -> DiskFailed:
    return DiskFailed(
        f"A model could not be written to {folder}: {error.strerror or error}.",
        hint="Check free space and permissions of the folder.",
    )
