"""What the tests of pages share: a harbour's events, and who looks at them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from catalog.search.indexing import catch_up
from lineage.ingest import ingest
from tests.factories import make_principal
from tests.pages import curated, story


def take_in(events):
    """Ingest events of which none may be refused."""
    outcomes = ingest(events)
    assert {outcome.status for outcome in outcomes} == {201}


@pytest.fixture
def harbour(db):
    """Four nights of the harbour's data."""
    take_in(story.little(timezone.now()))


@pytest.fixture
def admin(db):
    return make_principal("ada", "admin", name="Ada de Wit")


@pytest.fixture
def looked_after(harbour, admin):
    """The harbour's data with what its stewards declared of it."""
    curated.declare(admin)
    while catch_up():  # search shows it
        pass


@pytest.fixture
def viewer(db):
    return make_principal("vera", "viewer")


def client_of(principal) -> Client:
    client = Client()
    client.force_login(principal)
    return client


@pytest.fixture
def as_admin(admin) -> Client:
    return client_of(admin)


@pytest.fixture
def as_viewer(viewer) -> Client:
    return client_of(viewer)


@pytest.fixture
def open_browser(browser, web_server) -> Iterator[Any]:
    """Open a window, signed in as a principal; what goes wrong in it fails the test."""
    contexts, complaints = [], []

    def opened(principal=None, **options):
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(base_url=web_server.url, **options)
        contexts.append(context)
        if principal is not None:
            session = client_of(principal).cookies[settings.SESSION_COOKIE_NAME].value
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session}
            context.add_cookies([{**cookie, "url": web_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        page.on("requestfailed", note_failure)
        return page

    def note(message):
        if message.type in ("error", "warning"):
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def note_failure(request):
        if request.failure != "net::ERR_ABORTED":  # the page was left meanwhile
            complaints.append(f"{request.url} failed: {request.failure}")

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
