"""The ``parley`` command.

One file a group of commands; each is one line in :data:`COMMANDS` and is imported
only when it is used, so that ``parley --help`` is quick.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

import click

from core.errors import BadInput, NotFound, ParleyError


class Entry(NamedTuple):
    """Where a command is, and its line in the help."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "demo": Entry("app.cli.demo", "demo", "Run the sample company with simulated people."),
    "selftest": Entry("app.cli.selftest", "selftest", "Place a test call through the system."),
    "up": Entry("app.cli.serve", "up", "Run everything embedded: Valkey, Asterisk, the app."),
    "serve": Entry("app.cli.serve", "serve", "Run the app alone."),
    "agents": Entry("app.cli.agents", "agents", "List agents, or change the state of one."),
    "queues": Entry("app.cli.queues", "queues", "Show who waits in each queue."),
    "contacts": Entry("app.cli.contacts", "contacts", "List past and present contacts, show one."),
    "offers": Entry("app.cli.offers", "offers", "List offers that stand, or answer one."),
    "why": Entry("app.cli.why", "why", "Say why a contact waits, or why it went where it went."),
    "routers": Entry("app.cli.routers", "routers", "Show who makes the offers, and who lives."),
    "audit": Entry("app.cli.audit", "audit", "Show who changed what, when, from where."),
    "blocked": Entry("app.cli.blocked", "blocked", "List addresses that guessed SIP passwords."),
    "events": Entry("app.cli.events", "events", "Show what happened last, and what happens."),
    "listen": Entry("app.cli.listen", "listen", "Follow what is said on a call, in words."),
    "transcripts": Entry("app.cli.transcripts", "transcripts", "Search and show what was said."),
    "recordings": Entry(
        "app.cli.recordings", "recordings", "List, hold, verify, export and re-key recordings."
    ),
    "health": Entry("app.cli.health", "health", "Say what works and what does not."),
    "config": Entry("app.cli.config", "config", "Check and show the configuration."),
    "hear": Entry("app.cli.hear", "hear", "Recognise the speech in a sound file, live."),
    "say": Entry("app.cli.say", "say", "Speak a text into a sound file."),
    "models": Entry("app.cli.models", "models", "List, install and remove speech models."),
    "intents": Entry("app.cli.intents", "intents", "Train and test what customers want."),
    "understand": Entry("app.cli.understand", "understand", "Show what is made of words."),
    "flow": Entry("app.cli.flow", "flow", "Prove, talk to and draw the flows of the IVR."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parley", prog_name="parley")
def parley() -> None:
    """An open-source contact centre: telephony first, every other channel beside it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exits with 0, with 2 for what the user can put right in
    what was asked or configured, else with 1."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # click hands the status of its Exit back instead of raising it.
        status = parley.main(args=words, prog_name="parley", standalone_mode=False)
        if isinstance(status, int) and status:
            raise SystemExit(status)
    except ParleyError as error:
        raise SystemExit(_report(error, as_json="--json" in words)) from None
    except click.exceptions.Exit as error:
        raise SystemExit(error.exit_code) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except click.Abort:
        raise SystemExit(130) from None
    except BrokenPipeError:  # the reader (head, less) has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def _report(error: ParleyError, *, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"error": error.as_dict()}, ensure_ascii=False, indent=2))
    else:
        click.echo(f"error: {error.message}", err=True)
        if error.hint:
            click.echo(f"hint: {error.hint}", err=True)
    return 2 if isinstance(error, (BadInput, NotFound)) else 1
