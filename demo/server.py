"""Which server do the demo's events go to, and with which token?"""

import http.client
import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings


class NoServer(Exception):
    """Nothing to send events to; the message says how to get it."""


@dataclass(frozen=True)
class Server:
    """All that a producer needs to know, and what curating takes beside it.

    `is_here` is a server with its data in this home, where accounts can be made;
    `curator` is a token that somebody lent for another one.
    """

    url: str
    token: str
    is_here: bool = False
    curator: str = ""


def find_server() -> Server:
    """The server that OPENLINEAGE_URL names, else the one that `make run` started here.

    Raises NoServer.
    """
    if url := os.environ.get("OPENLINEAGE_URL"):
        server = Server(
            url.rstrip("/"),
            os.environ.get("OPENLINEAGE_API_KEY", ""),
            curator=os.environ.get("HEADWATER_DEMO_CURATOR", ""),
        )
        if not answers(server.url):
            raise NoServer(f"Nothing answers at {server.url} (OPENLINEAGE_URL).")
        return server
    home: Path = settings.HEADWATER_HOME
    server = started_from(home)
    if not answers(server.url):
        raise NoServer(
            f"No Headwater is running with its data in {home}. Start it in another "
            "terminal:\n\n    make run\n\nor point at one that runs elsewhere:\n\n"
            "    OPENLINEAGE_URL=… OPENLINEAGE_API_KEY=… make demo"
        )
    if not server.token:
        raise NoServer(
            f"There is no producer's token in {home}. Make one:\n\n"
            "    .venv/bin/python manage.py token create demo --role producer\n\n"
            f"and give it:\n\n    OPENLINEAGE_URL={server.url} "
            "OPENLINEAGE_API_KEY=… make demo"
        )
    return server


def started_from(home: Path) -> Server:
    """What `manage.py up` left in its home: its address, and the token it printed."""
    lock, token = home / "up.lock", home / "producer_token"
    told = json.loads(lock.read_text() or "{}") if lock.exists() else {}
    return Server(
        told.get("address", ""),
        token.read_text().strip() if token.exists() else "",
        is_here=True,
    )


def answers(url: str) -> bool:
    """Whether a web server is there, whatever it says."""
    parts = urlsplit(url)
    if not parts.hostname:
        return False
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname, parts.port, timeout=10)
        connection.request("GET", "/livez")
        connection.getresponse().close()
    except (OSError, http.client.HTTPException):
        return False
    return True
