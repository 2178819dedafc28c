"""``parley recordings``: what is kept of calls as sound, and its care."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from app.cli.options import config_option, json_option
from app.cli.privacy import printable
from app.cli.remote import Remote
from app.cli.tables import print_table
from app.cli.times import duration, local, parse_since
from core import ids
from core.clock import from_epoch
from core.errors import ParleyError

_PAGE = 500
_HEADS = ("RECORDING", "CONTACT", "BEGAN", "LENGTH", "QUEUE", "AGENT", "STATE", "NOTES")
_MANY = 10  # ids that are shown


@click.group()
def recordings() -> None:
    """List recordings, keep them for court, change their key, prove that they are whole."""


def _filters(command: Any) -> Any:
    for option in (
        click.option("--contact", help="Of this contact."),
        click.option("--agent", help="Of this agent."),
        click.option("--queue", help="Of this queue."),
        click.option("--since", help="Began then or later: 2h, today, 2026-03-04T09:30, ..."),
        click.option("--until", help="Began before then."),
        click.option("--state", type=click.Choice(["finished", "unfinished", "failed", "deleted"])),
        click.option("--held", is_flag=True, help="Only those under legal hold."),
    ):
        command = option(command)
    return command


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    asked = {name: value for name, value in options.items() if value}
    for name in ("since", "until"):
        if name in asked:
            asked[name] = parse_since(asked[name], now).isoformat()
    return asked | ({"held": "true"} if options.get("held") else {})


def _all(remote: Remote, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        wanted = {**asked, "limit": _PAGE} | ({"after": after} if after else {})
        page = remote.get(f"/api/recordings?{urlencode(wanted)}")
        yield from page["recordings"]
        after = page["next"]
        if after is None:
            return


@recordings.command("list")
@_filters
@click.option("--limit", "-n", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option("--after", help="The next page: what the page before ends with.")
@json_option
@config_option
def list_(
    limit: int, after: str | None, as_json: bool, config_path: Path | None, **options: Any
) -> None:
    """List recordings, the newest first."""
    wanted = {**_asked(options), "limit": limit} | ({"after": after} if after else {})
    page = Remote.of(config_path).get(f"/api/recordings?{urlencode(wanted)}")
    if as_json:
        click.echo(json.dumps(page, ensure_ascii=False, indent=2))
        return
    print_table(_HEADS, [_row(one) for one in page["recordings"]])
    if page["next"]:
        click.echo(f"\nMore: --after {page['next']}", err=True)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    cells = (
        one["id"], one["contact_id"], _at(one["started_at"]), duration(one["seconds"]),
        one["queue"] or "-", one["agent_id"] or "-", one["state"], ", ".join(_notes(one)) or "-",
    )  # fmt: skip
    return tuple(printable(cell) for cell in cells)


def _notes(one: dict[str, Any]) -> list[str]:
    held, sealed = one["held"], one["sealed"]
    notes = [*(["held"] if held else []), *(["sealed"] if sealed else []), *one["marks"]]
    if one["silenced"]:
        notes.append(f"{len(one['silenced'])} silenced")
    if one["error"]:
        notes.append(one["error"])
    return [note.replace("_", " ") for note in notes]


def _at(epoch: float | None) -> str:
    return local(None if epoch is None else from_epoch(epoch))


@recordings.command()
@click.argument("name", metavar="RECORDING|CONTACT")
@json_option
@config_option
def show(name: str, as_json: bool, config_path: Path | None) -> None:
    """Show a recording, or all of a contact, with legal holds."""
    remote = Remote.of(config_path)
    found = _named(remote, name)
    contact = found[0]["contact_id"] if found else name
    holds = remote.get(f"/api/contacts/{quote(contact, safe='')}/legal-hold")
    if as_json:
        click.echo(json.dumps({"recordings": found, **holds}, ensure_ascii=False, indent=2))
        return
    for one in found:
        _print(one)
    for hold in holds["holds"]:
        click.echo(printable(_hold_line(hold)))


def _named(remote: Remote, name: str) -> list[dict[str, Any]]:
    if ids.is_id(name, ids.CONTACT):
        return list(_all(remote, {"contact": name}))
    return [remote.get(f"/api/recordings/{quote(name, safe='')}/details")]


def _print(one: dict[str, Any]) -> None:
    click.echo(click.style(one["id"], bold=True) + f"  {one['state']}  {one['kind']}")
    lines = [
        f"contact {one['contact_id']}, queue {one['queue'] or '-'}, agent {one['agent_id'] or '-'}",
        f"{_at(one['started_at'])}, {duration(one['seconds'])}, {one['bytes'] or 0} bytes"
        + (f", sealed with {one['key_id']}" if one["sealed"] else ""),
    ]
    for side, level in one["levels"].items():
        lines.append(
            f"{side}: speech {level['speech_dbfs']} dBFS for {level['active_seconds']} s, "
            f"peak {level['peak_dbfs']} dBFS"
        )
    if one["marks"]:
        lines.append("mind: " + ", ".join(one["marks"]).replace("_", " "))
    for span in one["silenced"]:
        reason = span["reason"].replace("_", " ")
        lines.append(f"silent {span['from']:.2f} to {span['to']:.2f} s ({span['side']}): {reason}")
    if one["deleted_at"]:
        lines.append(f"deleted {_at(one['deleted_at'])}: {one['deleted_why']}")
    elif one["keep_until"]:
        lines.append(f"kept until {_at(one['keep_until'])}")
    for line in lines:
        click.echo(f"  {printable(line)}")


def _hold_line(hold: dict[str, Any]) -> str:
    matter = f" ({hold['matter']})" if hold["matter"] else ""
    line = f"held{matter} by {hold['placed_by']} since {_at(hold['placed_at'])}: {hold['reason']}"
    if hold["released_at"]:
        line += f"; released by {hold['released_by']} {_at(hold['released_at'])}: "
        line += hold["release_reason"]
    return line


def _hold(contact: str, path: str, reason: str, matter: str, config_path: Path | None) -> None:
    body = {"reason": reason, "matter": matter}
    found = Remote.of(config_path).post(f"/api/contacts/{quote(contact, safe='')}/{path}", body)
    click.echo(f"{contact} is {'held' if found['held'] else 'not held any more'}.")


reason_option = click.option("--reason", required=True, help="Why; it is kept, and in the audit.")
matter_option = click.option("--matter", default="", help="Which of several holds it is.")


@recordings.command()
@click.argument("contact")
@reason_option
@matter_option
@config_option
def hold(contact: str, reason: str, matter: str, config_path: Path | None) -> None:
    """Keep everything of CONTACT, however old it gets."""
    _hold(contact, "legal-hold", reason, matter, config_path)


@recordings.command()
@click.argument("contact")
@reason_option
@matter_option
@config_option
def release(contact: str, reason: str, matter: str, config_path: Path | None) -> None:
    """Let the retention rules apply to CONTACT again."""
    _hold(contact, "legal-hold/release", reason, matter, config_path)


@recordings.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@json_option
@config_option
def sweep(dry_run: bool, as_json: bool, config_path: Path | None) -> None:
    """Delete recordings that are too old; done daily by itself."""
    swept = Remote.of(config_path).post("/api/recordings/sweep", {"dry_run": dry_run})
    if as_json:
        click.echo(json.dumps(swept, indent=2))
        return
    verb = "would be deleted" if dry_run else "deleted"
    click.echo(f"{swept['deleted']} {verb} ({swept['bytes'] / 1e6:.1f} MB), "
               f"{swept['kept_back']} kept back, {swept['failed']} failed.")  # fmt: skip
    for id_ in swept["recordings"][:_MANY]:
        click.echo(f"  {id_}")
    if swept["failed"]:
        raise SystemExit(1)


@recordings.command("rotate-key")
@click.option("--forget-old", is_flag=True, help="Then forget the keys of before. Backups of "
              "recordings that were made until now cannot be opened any more.")  # fmt: skip
@json_option
@config_option
def rotate_key(forget_old: bool, as_json: bool, config_path: Path | None) -> None:
    """Seal all recordings with a new key. It can be interrupted: run again, it goes on."""
    remote = Remote.of(config_path)
    done, new = 0, True
    while True:
        step = remote.post("/api/recording-keys/rotate", {"new": new})
        done, new = done + step["done"], False
        if not as_json:
            click.echo(f"key {step['current']}: {done} done, {step['left']} left")
        if not step["left"] or not step["done"]:
            break
    keys = remote.get("/api/recording-keys")
    if forget_old and not step["left"]:
        keys = remote.post("/api/recording-keys/forget-old", {})
    if as_json:
        click.echo(json.dumps({**step, "done": done, **keys}, indent=2))
    elif len(keys["keys"]) > 1:
        click.echo(f"Older keys are kept: {', '.join(keys['keys'][1:])} (see --forget-old).")
    if step["left"]:
        reasons = ", ".join(f"{count} {code}" for code, count in step["failed"].items())
        click.echo(f"{step['left']} could not be done: {reasons or 'see the log'}.", err=True)
        raise SystemExit(1)


@recordings.command()
@_filters
@json_option
@config_option
def verify(as_json: bool, config_path: Path | None, **options: Any) -> None:
    """Read recordings whole: is each there, unchanged, and to be opened with our keys?"""
    remote = Remote.of(config_path)
    good, bad = 0, dict[str, str]()
    for one in _all(remote, _asked({"state": "finished", **_given(options)})):
        try:
            remote.get(f"/api/recordings/{one['id']}/check")
            good += 1
        except ParleyError as error:
            bad[one["id"]] = error.code
            if not as_json:
                click.echo(f"{one['id']}  {error.code}: {error.message}")
    if as_json:
        click.echo(json.dumps({"whole": good, "failed": bad}, indent=2))
    else:
        click.echo(f"{good} whole, {len(bad)} not.")
    if bad:
        raise SystemExit(1)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}


@recordings.command()
@click.argument("name", metavar="RECORDING|CONTACT")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path(), show_default=True,
              help="The folder; one wav and one JSON file for each.")  # fmt: skip
@config_option
def export(name: str, folder: Path, config_path: Path | None) -> None:
    """Write recordings, opened, and what is known of them, into a folder."""
    remote = Remote.of(config_path)
    folder.mkdir(parents=True, exist_ok=True)
    found = [one for one in _named(remote, name) if one["state"] == "finished"]
    for one in found:
        file = folder / f"{one['contact_id']}.{one['id']}.wav"
        remote.save(f"/api/recordings/{one['id']}", file)
        text = json.dumps(one, ensure_ascii=False, indent=2) + "\n"
        file.with_suffix(".json").write_text(text, encoding="utf-8")
        click.echo(str(file))
    if not found:
        click.echo("There is nothing to export.", err=True)
        raise SystemExit(1)
