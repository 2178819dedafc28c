"""The one screen that ``make demo`` prints."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from config.model import Settings
from config.secrets import Secrets, phone_secret


def screen(
    settings: Settings, secrets: Secrets, passwords: Mapping[str, str], *,
    asterisk: str, simulated: int,
) -> Panel:  # fmt: skip
    """What runs, where, who can log in, what to dial, how to stop."""
    server = settings.server
    running = Table.grid(padding=(0, 2))
    running.add_row("Asterisk", asterisk)
    running.add_row("SIP", f"{settings.sip.bind}:{settings.sip.port} (UDP and TCP)")
    running.add_row("Redis protocol", _store(server.redis_url, _valkey(server.valkey_port)))
    running.add_row("Database", _store(server.database_url, f"SQLite, {server.state_dir}"))
    people = Table(show_edge=False, pad_edge=False, header_style="bold")
    for column in ("log-in", "password", "phone", "SIP password", "role"):
        people.add_column(column, no_wrap=True)
    agents = [a for a in settings.agents.values() if a.is_agent and not a.is_supervisor]
    free = agents[simulated : simulated + 1]
    bosses = [a for a in settings.agents.values() if a.is_supervisor]
    for person in [*bosses[:1], *free]:
        people.add_row(
            person.id,
            passwords[person.id],
            person.extension,
            secrets.get_or_create(phone_secret(person.extension)).reveal(),
            " + ".join(role.value for role in person.roles),
        )
    numbers = ", ".join(f"{n.number} ({n.label.text('en')})" for n in settings.numbers.values())
    url = f"http://{server.web.host}:{server.web.port}/"
    return Panel(
        Group(
            Text.assemble(("Live page 实时页面   ", "bold"), (url, "bold cyan")),
            Text(""),
            people,
            Text(""),
            Text.assemble(
                ("Dial 拨打   ", "bold"),
                f"{numbers}, from a softphone registered at "
                f"{settings.sip.bind}:{settings.sip.port} with a phone above",
            ),
            Text(
                f"{simulated} simulated agents work and simulated customers call: real SIP, "
                "real speech.  模拟坐席与模拟客户正在通话。"
            ),
            Text(""),
            running,
            Text(""),
            Text.assemble(
                ("Another terminal   ", "bold"),
                f"export PARLEY_STATE_DIR={server.state_dir}\n"
                "                   .venv/bin/parley events --follow | contacts | selftest",
            ),
            Text.assemble(("Stop 停止   ", "bold"), "Ctrl-C"),
        ),
        title="Parley",
        border_style="cyan",
    )


def show(panel: Panel) -> None:
    """Print it, at least 100 columns wide so that passwords are not cut."""
    console = Console()
    Console(width=max(100, console.width)).print(panel)


def _store(url: str, embedded: str) -> str:
    return f"embedded, {embedded}" if url == "embedded" else "as configured"


def _valkey(port: int) -> str:
    return f"port {port}" if port else "a socket in the state folder"
