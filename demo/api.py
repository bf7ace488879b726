"""How is the catalog's API asked by a program that curates?"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

TIMEOUT_SECONDS = 120


class Refusal(Exception):
    """The catalog did not do what it was asked; the message is its answer."""


class Catalog(Protocol):
    """A catalog, as somebody whom it knows sees it."""

    def ask(
        self, method: str, path: str, body: Any = None, **query: str
    ) -> dict[str, Any]:
        """What it answers at a path below /api/v1. Raises Refusal.

        A text is sent as CSV, anything else as JSON.
        """
        ...


@dataclass(frozen=True)
class RemoteCatalog:
    """A running server, and the token that it knows us by."""

    url: str
    token: str

    def ask(
        self, method: str, path: str, body: Any = None, **query: str
    ) -> dict[str, Any]:
        media, sent = encoded(body)
        request = urllib.request.Request(  # noqa: S310 - the server that was found
            f"{self.url}/api/v1/{path}{'?' if query else ''}{urlencode(query)}",
            data=sent,
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": media},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                told: dict[str, Any] = json.load(answer)
                return told
        except urllib.error.HTTPError as refused:
            raise Refusal(f"{method} {path}: {refusal_of(refused.read())}") from None
        except OSError as error:
            raise Refusal(f"{method} {path}: {error}") from None


def encoded(body: Any) -> tuple[str, bytes | None]:
    """The media type and the bytes of a request's body."""
    if isinstance(body, str):
        return "text/csv", body.encode()
    return "application/json", None if body is None else json.dumps(body).encode()


def refusal_of(answer: bytes) -> str:
    """What an answer with an error says, for people."""
    try:
        return str(json.loads(answer)["detail"])
    except (ValueError, LookupError, TypeError):
        return answer[:200].decode(errors="replace")


def segment(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")
