"""GET /api/schema and /docs/api"""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from config import api_docs
from tests.conftest import WebServer

SNAPSHOT = Path(settings.BASE_DIR) / "docs/openapi.yaml"


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert SNAPSHOT.read_text() == api_docs.as_yaml(), (
        "The API changed. If it was meant to: manage.py schema > docs/openapi.yaml"
    )


def test_the_schema_is_told_as_json_or_yaml(db: None, client: Client) -> None:
    as_json = client.get("/api/schema")
    by_format = client.get("/api/schema", {"format": "yaml"})
    by_header = client.get("/api/schema", headers={"Accept": "application/yaml"})

    assert as_json["Content-Type"] == "application/vnd.oai.openapi+json"
    assert as_json.json() == yaml.safe_load(by_format.content)
    assert by_header.content == by_format.content


def test_the_schema_has_the_event_door_and_both_ways_to_show_who_asks() -> None:
    told = api_docs.schema()

    assert {"get", "post"} <= told["paths"]["/api/v1/lineage"].keys()
    assert "post" in told["paths"]["/api/v1/lineage/batch"]
    assert told["components"]["securitySchemes"].keys() == {"bearer", "session"}


def test_every_route_has_words_of_its_own() -> None:
    said = [
        operation.get("summary") or operation["description"]
        for item in api_docs.schema()["paths"].values()
        for operation in item.values()
    ]

    assert len(set(said)) == len(said)
    assert all(len(words) < 120 for words in said)


def test_every_problem_leads_to_its_heading(db: None, client: Client) -> None:
    problem = client.get("/api/v1/namespaces").json()
    page = client.get("/docs/api").content.decode()

    path, _, anchor = problem["type"].partition("#")
    assert path == "/docs/api"
    assert f'<h3 id="{anchor}">' in page


def test_every_link_within_the_page_leads_somewhere(db: None, client: Client) -> None:
    page = client.get("/docs/api").content.decode()

    targets = set(re.findall(r'href="#([^"]+)"', page)) - {"main"}
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert targets <= set(anchors)
    assert len(targets) > 30


def test_the_page_links_to_no_file_that_only_the_repository_has(
    db: None, client: Client
) -> None:
    page = client.get("/docs/api").content.decode()

    assert not re.findall(r'href="[^"]+\.md', page)
    assert "what jobs read and write now (graphs)" in page


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_fits_a_browser(web_server: WebServer, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{web_server.url}/docs/api#getDataset")

    assert page.locator("#getDataset").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
