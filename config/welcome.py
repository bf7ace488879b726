"""What does whoever starts Headwater need to know, and need to be given first?"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from config import programs
from policies import services

PASSWORD_BYTES = 12


@dataclass(frozen=True)
class FirstVisit:
    """What lets the first person and the first producer in."""

    username: str | None  # None if there is an administrator already
    password: str | None  # None if it came from the environment
    token: str


def prepare_first_visit() -> FirstVisit:
    """Make the first administrator and a producer's token, unless they are there.

    The password is told once and kept nowhere; the token is kept in the home, so that
    each start can print what a client needs.
    """
    services.sync_built_in_roles()
    chosen: str = settings.HEADWATER_ADMIN_PASSWORD
    password = chosen or secrets.token_urlsafe(PASSWORD_BYTES)
    administrator = services.ensure_first_administrator(password)
    return FirstVisit(
        username=administrator.username if administrator else None,
        password=password if administrator and not chosen else None,
        token=producer_token(settings.HEADWATER_HOME / "producer_token"),
    )


def producer_token(path: Path) -> str:
    """The token in `path` if it still counts, else a new one, kept there."""
    known = path.read_text().strip() if path.exists() else None
    token = services.ensure_producer_token(known)
    if token != known:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{token}\n")
    return token


def welcome(visit: FirstVisit) -> None:
    """Print the one screen: where it is, how to get in, how to send events."""
    address = programs.web_address()
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("Open", Text(address, style="bold"))
    facts.add_row("Sign in as", _login(visit))
    facts.add_row("Data and keys", str(settings.HEADWATER_HOME))
    if settings.HEADWATER_ANONYMOUS_ROLE:
        warning = f"Without signing in everybody is {settings.HEADWATER_ANONYMOUS_ROLE}"
        facts.add_row("Warning", Text(warning, style="bold red"))
    console = Console(highlight=False)
    frame = Panel(facts, title="Headwater is running", box=box.ROUNDED, expand=False)
    console.print(frame)
    # Unframed and unwrapped, to be copied as they are.
    console.print("Point an OpenLineage client at it:", style="dim")
    for line in client_lines(address, visit.token):
        console.print(f"  {line}", soft_wrap=True)
    console.print("Ctrl-C stops everything.", style="dim")


def client_lines(address: str, token: str) -> list[str]:
    """What makes any OpenLineage client send its events here."""
    return [
        f"export OPENLINEAGE_URL={address}",
        f"export OPENLINEAGE_API_KEY={token}",
        "export OPENLINEAGE_NAMESPACE=my-pipelines",
    ]


def _login(visit: FirstVisit) -> Text:
    if visit.username is None:
        return Text("the administrator made at the first start")
    if visit.password is None:
        return Text(f"{visit.username}, with HEADWATER_ADMIN_PASSWORD")
    shown = Text.assemble(visit.username, " / ", (visit.password, "bold"))
    return shown.append("   (shown only now)", style="dim")
