"""Models on the disk: found, checked, fetched, unpacked, removed."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.cli import main
from media.errors import DiskFailed
from media.models import install
from media.models.bundled import bundled
from media.models.errors import DownloadFailed, ModelDamaged, ModelMissing, NotAModel
from media.models.model import Kind
from media.models.official import offer_of, offers
from media.models.store import installed, recognise

NAME = "vosk-model-small-de-0.15"


def vosk_files(top: str = f"{NAME}/") -> dict[str, bytes]:
    """The smallest thing that passes for a Vosk model until it is loaded."""
    return {
        f"{top}am/final.mdl": b"model" * 1000,
        f"{top}conf/mfcc.conf": b"--sample-frequency=16000\n",
        f"{top}README": b"hello",
    }  # fmt: skip


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest_asyncio.fixture
async def site() -> AsyncIterator[dict[str, Any]]:
    """A site like Vosk's: ``list`` is its list, ``files`` what it serves."""
    state: dict[str, Any] = {"files": {f"{NAME}.zip": zipped(vosk_files())}}

    async def listing(_: web.Request) -> web.Response:
        return web.json_response(state["list"])

    async def file(request: web.Request) -> web.Response:
        data = state["files"].get(request.match_info["name"])
        return web.Response(body=data) if data is not None else web.Response(status=404)

    app = web.Application()
    app.add_routes([web.get("/model-list.json", listing), web.get("/{name}", file)])
    server = TestServer(app)
    await server.start_server()
    data = state["files"][f"{NAME}.zip"]
    entry = {
        "lang": "de", "lang_text": "German", "name": NAME, "type": "small", "version": "0.15",
        "md5": hashlib.md5(data).hexdigest(), "size": len(data), "size_text": "1KiB",
        "obsolete": "false", "url": str(server.make_url(f"/{NAME}.zip")),
    }  # fmt: skip
    old = {**entry, "name": "vosk-model-de-0.1", "obsolete": "true"}
    state |= {"list": [old, entry], "url": str(server.make_url("/model-list.json"))}
    yield state
    await server.close()


def test_what_comes_with_the_packages() -> None:
    found = {model.name: model for model in bundled()}
    assert {"whisper-base", "whisper-tiny.en"} <= set(found)
    for model in found.values():
        model.check(whole=True)
        assert model.size() > 50_000_000
    assert found["whisper-base"].speaks("zh")
    assert found["whisper-base"].speaks(None)
    assert not found["whisper-tiny.en"].speaks("zh")


async def test_fetch_install_list_remove(site: dict[str, Any], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    offer = await offer_of("de", site["url"])
    assert offer == await offer_of(NAME, site["url"])
    model = await install.download(offer, tmp_path, progress=lambda d, a: told.append((d, a)))
    assert (model.name, model.kind, model.languages) == (NAME, Kind.VOSK, ("de",))
    assert told[-1] == (offer.size, offer.size)
    assert next(m.name for m in installed(tmp_path)) == NAME
    assert [p.name for p in tmp_path.iterdir()] == [NAME]  # nothing half is left
    await install.download(offer, tmp_path)  # again: in its place
    assert install.remove(NAME, tmp_path) > 5000
    assert NAME not in {m.name for m in installed(tmp_path)}


async def test_obsolete_models_are_not_offered(site: dict[str, Any]) -> None:
    assert [o.name for o in await offers(site["url"])] == [NAME]
    with pytest.raises(ModelMissing):
        await offer_of("vosk-model-de-0.1", site["url"])


async def test_a_wrong_checksum_leaves_nothing(site: dict[str, Any], tmp_path: Path) -> None:
    offer = replace(await offer_of("de", site["url"]), md5="0" * 32)
    with pytest.raises(ModelDamaged, match="checksum"):
        await install.download(offer, tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_a_download_that_fails_leaves_nothing(site: dict[str, Any], tmp_path: Path) -> None:
    offer = await offer_of("de", site["url"])
    site["files"].clear()
    with pytest.raises(DownloadFailed, match="404"):
        await install.download(offer, tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DownloadFailed, match="could not be fetched"):
        await offers("http://127.0.0.1:1/list.json")
    site["list"] = {"what": "else"}
    with pytest.raises(DownloadFailed, match="understood"):
        await offers(site["url"])


async def test_a_disk_without_room(site: dict[str, Any], tmp_path: Path) -> None:
    offer = replace(await offer_of("de", site["url"]), size=1 << 60)
    with pytest.raises(DiskFailed):
        await install.download(offer, tmp_path)


def test_archives_that_are_none(tmp_path: Path) -> None:
    target = tmp_path / "models"
    broken = tmp_path / "a.zip"
    broken.write_bytes(zipped(vosk_files())[:500])
    with pytest.raises(ModelDamaged):
        install.from_folder(broken, target)
    broken.write_bytes(zipped({"readme.txt": b"no model"}))
    with pytest.raises(NotAModel):
        install.from_folder(broken, target)
    broken.write_bytes(zipped({**vosk_files(), f"{NAME}/am/final.mdl": b""}))
    with pytest.raises(ModelDamaged, match=r"final\.mdl"):
        install.from_folder(broken, target)
    assert list(target.iterdir()) == []


def test_an_archive_cannot_write_elsewhere(tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    bad.write_bytes(zipped({**vosk_files(), "../../escaped": b"x", "/tmp/../escaped2": b"x"}))
    target = tmp_path / "state" / "models"
    with pytest.raises(NotAModel):
        install.from_folder(bad, target)
    assert not list(tmp_path.rglob("escaped*"))


def test_a_folder_brought_by_hand(tmp_path: Path) -> None:
    source = tmp_path / "vosk-model-small-cn-0.22"
    for name, data in vosk_files("").items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(data)
    model = install.from_folder(source, tmp_path / "models")
    assert model.languages == ("zh",)
    (model.folder / "am" / "final.mdl").write_bytes(b"")
    # Damaged later: it is left out, the others still work.
    assert "vosk-model-small-cn-0.22" not in {m.name for m in installed(tmp_path / "models")}
    with pytest.raises(NotAModel):
        recognise(tmp_path)


@pytest.mark.parametrize("name", ["../x", ".hidden", "nothing", "a/b", ""])
def test_only_models_are_removed(name: str, tmp_path: Path) -> None:
    (tmp_path / "models" / ".hidden").mkdir(parents=True)
    (tmp_path / "x").mkdir()
    with pytest.raises(ModelMissing):
        install.remove(name, tmp_path / "models")
    assert (tmp_path / "x").is_dir()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "parley.yaml"
    config.write_text(f"server:\n  state_dir: {tmp_path / 'state'}\n")
    source = tmp_path / f"{NAME}.zip"
    source.write_bytes(zipped(vosk_files()))
    main(["models", "install", str(source), "--config", str(config)])
    assert f"Installed {NAME} (de" in capsys.readouterr().out
    main(["models", "list", "--json", "--config", str(config)])
    listed = json.loads(capsys.readouterr().out)["installed"]
    assert {"name": NAME, "state": "ok"}.items() <= listed[0].items()
    main(["models", "remove", NAME, "--config", str(config)])
    assert "Removed" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        main(["models", "remove", NAME, "--config", str(config)])
    assert stopped.value.code == 2
