"""What the producers of the demo sent, and how its people ask without a network."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from catalog.services import fold_proposals
from demo import staff as staffing
from demo.api import Refusal, encoded, refusal_of
from demo.curation import curate
from demo.server import Server
from demo.staff import staff_of
from lineage.ingest import ingest

RECORDED = Path(__file__).parent.parent / "events" / "recorded"
NOW = datetime(2026, 11, 26, 16, tzinfo=UTC)
HERE = Server("http://here", "hw_producer", is_here=True)


class AskingCatalog:
    """The API by the test client; tasks are done at once."""

    def __init__(self, client, token):
        self.client, self.token = client, token

    def ask(self, method, path, body=None, **query):
        media, sent = encoded(body)
        answer = self.client.generic(
            method,
            f"/api/v1/{path}?{urlencode(query)}",
            sent or b"",
            content_type=media,
            headers={"Authorization": f"Bearer {self.token}"},
        )
        if answer.status_code >= 400:
            raise Refusal(f"{path}: {refusal_of(answer.content)}")
        return answer.json()


@pytest.fixture
def shop(db):
    """What the producers sent, and what follows from it."""
    take_in_the_recordings()


def take_in_the_recordings():
    for name in ("client", "dbt-first-release", "dbt-second-release"):
        ingest((RECORDED / f"{name}.ndjson").read_bytes().splitlines())
    while fold_proposals():
        pass


@pytest.fixture
def people(shop, client, monkeypatch):
    """The staff of the server here, who ask it by the test client."""
    monkeypatch.setattr(
        staffing, "RemoteCatalog", lambda url, token: AskingCatalog(client, token)
    )
    with staff_of(HERE) as staff:
        yield staff


@pytest.fixture
def told(people):
    curate(people, NOW)
    return people
