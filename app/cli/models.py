"""``parley models``: the speech models that are there, and more of them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from app.cli.options import config_option, json_option
from app.cli.tables import print_table
from config.load import load
from core.errors import ParleyError
from media.models import install as installing
from media.models.model import Model
from media.models.official import LIST_URL, Offer, offer_of, offers
from media.models.place import model_folder
from media.models.store import installed

_MB = 1_000_000
list_url_option = click.option(
    "--list-url", default=LIST_URL, show_default=True, help="Where the list of models is."
)


@click.group()
def models() -> None:
    """List, install and remove speech models."""


@models.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that can be installed.")
@click.option("--verify", is_flag=True, help="Read every file and compare checksums.")
@list_url_option
@json_option
@config_option
def list_(
    everything: bool, verify: bool, list_url: str, as_json: bool, config_path: Path | None
) -> None:
    """What is installed. Exits with 1 if a model is damaged."""
    folder = model_folder(load(config_path).settings)
    rows = [_row(model, verify=verify) for model in installed(folder)]
    offered = asyncio.run(offers(list_url)) if everything else []
    if as_json:
        more = [{"name": o.name, "language": o.language, "bytes": o.size} for o in offered]
        click.echo(json.dumps({"installed": rows, "offered": more}, ensure_ascii=False, indent=2))
    else:
        print_table(
            ["MODEL", "ENGINE", "LANGUAGES", "MB", "STATE"],
            [[r["name"], r["kind"], r["languages"], f"{r['bytes'] / _MB:.0f}", r["state"]]
             for r in rows],
        )  # fmt: skip
        if everything:
            click.echo("\nThese can be installed (licences: see the models' page):")
            print_table(
                ["MODEL", "LANGUAGE", "SIZE", "MB"],
                [[o.name, o.language_name, o.kind, f"{o.size / _MB:.0f}"] for o in offered],
            )
    if any(row["state"] != "ok" for row in rows):
        raise click.exceptions.Exit(1)


@models.command()
@click.argument("what")
@list_url_option
@config_option
def install(what: str, list_url: str, config_path: Path | None) -> None:
    """Install WHAT: the name of an official model, a language (its small model), or the
    folder or zip file of one. A running app uses it after its next start."""
    folder = model_folder(load(config_path).settings)
    if Path(what).exists():
        model = installing.from_folder(Path(what).resolve(), folder)
    else:
        model = asyncio.run(_download(what, list_url, folder))
    languages = ", ".join(model.languages) or "any language"
    click.echo(f"Installed {model.name} ({languages}, {model.size() / _MB:.0f} MB).")


@models.command()
@click.argument("name")
@config_option
def remove(name: str, config_path: Path | None) -> None:
    """Remove the installed model NAME."""
    freed = installing.remove(name, model_folder(load(config_path).settings))
    click.echo(f"Removed {name}; {freed / _MB:.0f} MB are free again.")


async def _download(what: str, list_url: str, folder: Path) -> Model:
    offer: Offer = await offer_of(what, list_url)
    bar = click.progressbar(length=max(1, offer.size), label=offer.name, show_pos=False)
    with bar:
        return await installing.download(
            offer, folder, progress=lambda done, _: bar.update(done - bar.pos)
        )


def _row(model: Model, *, verify: bool) -> dict[str, Any]:
    state = "ok"
    try:
        model.check(whole=verify)
    except ParleyError as error:
        state = error.message
    return {
        "name": model.name, "kind": model.kind.value, "bytes": model.size(), "state": state,
        "languages": ", ".join(model.languages) or "any", "bundled": model.bundled,
        "licence": model.licence,
    }  # fmt: skip
